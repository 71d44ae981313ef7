"""The words that the rules go by: of companies, public bodies, titles, names; lists, and nothing else."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _phrases(text: str) -> tuple[str, ...]:
    """Phrases parted by commas."""
    return tuple(" ".join(phrase.split()) for phrase in text.split(","))


COMPANY_FORMS = _words(
    """
    Inc Corp Ltd Plc PLC plc Co Cos LLC LLP LP AG SE SA NV BV AB AS ASA Oyj Oy SpA GmbH KK Pty Bhd Holdings Bancorp
    Bancorporation Incorporated Corporation Limited Bancshares Motors Airlines Airways Pharmaceuticals Industries
    Technologies Enterprises
    """
)
"""A run of capitalised words that ends in one of these is a company."""

LEGAL_FORMS = _words(
    """
    Inc Corp Corporation Co Cos Company Ltd Limited Plc PLC plc LLC LLP LP AG SE SA S.A NV N.V BV AB AS ASA Oyj Oy SpA
    S.p.A GmbH KK Pty Bhd Holding Holdings Group Incorporated
    """
)
"""What a company is named with and without."""

BODIES = _words(
    """
    Ministry Department Commission Committee Council Agency Authority Bureau Party Parliament Assembly University
    College Institute Association Federation Union League Organization Organisation Foundation Court Tribunal Bank
    Board Congress Senate Army Navy Brigade Front Movement Club Alliance Coalition Confederation Society
    Administration Corps Exchange Fund Group Academy Hospital Museum Church Office Guard Police Syndicate Service
    Trust Chamber
    """
)
"""A run of two and more capitalised words that ends in one of these is an organisation."""

BODIES_OF = _words(
    """
    Ministry Department Bank University Institute Academy College Court Chamber Church Bureau House Office Council
    Association
    """
)
"""`Bank of Utopia`, `Ministry of Truth`."""

NATIONAL_BODIES = _words(
    """
    Ministry Parliament Army Navy Police Government Embassy Senate Department Cabinet Treasury Congress Embassy
    Assembly
    """
)
"""`Russian Defence Ministry`: the nation is one name, its ministry another."""

HEAD_NOUNS = _words(
    """
    Fund Bank Council Commission Ministry Court Agency Board Association Union Department Organization Organisation
    Authority Committee Federation Alliance League Institute Foundation Party
    """
)
"""`the Fund`, once the story has named the International Monetary Fund."""

GENERIC = _words(
    """
    National First United General American International Federal Central Royal State Bank New World Global Union
    European Democratic Republican People People's Islamic Christian Social Supreme High Foreign Human South North
    East West Standard Public Committee Council Group House Air
    """
)
"""Words that do not tell one organisation from another."""

AGENCIES = _phrases(
    """
    AFP, ANSA, AP, Agence France-Presse, Associated Press, Bloomberg, CNN, DPA, Dow Jones, EFE, IANS, Interfax, Kyodo,
    PA, PA Media, PTI, REUTERS, Reuter, Reuters, Reuters Newsroom, TASS, Thomson Reuters, UPI, Xinhua, Yonhap, dpa
    """
)
"""News agencies as they sign."""

NOT_FIRST = _words(
    """
    The A An This That These Those In On At By For From With After Before Since While When As If But And Or Not No Its
    His Her Their He She It We They You I Under Over Also However Meanwhile Earlier Later Last Next Some Many Most
    Several Both All Each Every One Two Three Four Five Six Seven Eight Nine Ten Our My Your Who What Where Why How
    There Here Then Now Despite During Between Among Against Although Though Because
    """
)
"""Words with a capital only because they begin a sentence."""

NOISE = _words(
    """
    january february march april may june july august september october november december jan feb mar apr jun jul aug
    sept sep oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun today
    yesterday tomorrow gmt utc est edt cet bst am pm q1 q2 q3 q4 h1 h2 fy ceo cfo coo ipo gdp cpi ppi pmi vat dlr dlrs
    mln bln cts pct shr net revs avg qtr mths yr inc corp ltd plc co llc ag sa nv covid covid-19 coronavirus aids hiv
    sars mers dna internet twitter. http https www the a an i he she it we they you his her its their mr mrs ms dr sir
    but and or if when while since after before as in on at by for with from to of not no yes also however meanwhile
    still yet new old first second third one two three four five six seven eight nine ten hundred thousand million
    billion trillion photo video graphic exclusive update update1 factbox timeline analysis breakingviews editor
    reporting editing writing oper loss profit note percent dollar dollars euro euros yen pound pounds yuan rupee
    rupees ruble rubles rouble roubles sterling peso pesos pct. percentage mid
    tv fx forex rugby soccer
    """
)
"""Never a name by themselves: days, months, units, headings, pronouns; in small letters."""

PARTICLES = _words(
    """
    de da do dos das di del della der den des du van von vom zu zum ten ter la le el al bin bint ibn ben abu bou of
    and the y e i
    """
)
"""Small words inside people's names."""

FAMILY_FIRST = _words(
    """
    Xi Li Wang Zhang Liu Chen Yang Zhao Huang Zhou Wu Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng Liang Xie Song Tang
    Deng Han Feng Cao Peng Zeng Xiao Tian Dong Pan Yuan Cai Jiang Yu Du Ye Cheng Wei Su Lu Ding Ren Shen Yao Lam Leung
    Chan Wong Cheung Tsai Lai Kim Lee Park Choi Jung Jeong Kang Cho Yoon Yun Jang Lim Oh Seo Shin Kwon Hwang Ahn Song
    Hong Moon Bae Baek Roh Nguyen Tran Le Pham Vo Phan Truong Bui Dang Do Ngo To Mao Hun Sam Suu
    """
)
"""Family names that stand first, Chinese, Korean, Vietnamese."""

NICKNAMES = _phrases(
    """
    joe joseph joey, bill william billy will, bob robert rob bobby robbie, jim james jimmy jamie, mike michael mick
    mickey, tom thomas tommy, dick richard rick rich ricky, tony anthony antony, dan daniel danny, dave david, ted
    edward theodore ed eddie, steve steven stephen stephan, chris christopher, matt matthew, nick nicholas nicolas,
    andy andrew drew, ben benjamin benny, sam samuel sammy, greg gregory, jeff jeffrey geoffrey geoff, ken kenneth
    kenny, larry lawrence, liz elizabeth beth betty, kate katherine catherine kathy katie cathy, maggie margaret meg,
    alex alexander alexei aleksandr alexandra, ron ronald ronnie, don donald donnie, doug douglas, pat patrick
    patricia, fred frederick, gerry gerald jerry, pete peter, phil philip phillip, ray raymond, tim timothy, vince
    vincent, charlie charles chuck, jack john johnny, harry harold henry, sue susan, jen jennifer jenny, vladimir
    volodymyr, mohammed muhammad mohammad mohamed, sergei sergey, yuri yury, dmitry dmitri, nicolas nicolás, bernie
    bernard, ed edwin
    """
)
"""Given names that one person may go by."""

FUNCTION_WORDS = _words(
    """
    the a an and or but nor if then than as at by for from in into of off on onto out over to up with without within
    under after before since until till while when where what who whom whose which why how that this these those there
    here he she it we they you him her his hers its our ours their theirs your yours me my us them i is are was were
    be been being am has have had having do does did will would shall should can could may might must ought not no yes
    all any both each every either neither none some many most more much few fewer less least several such same other
    others another one two three four five six seven eight nine ten eleven twelve hundred thousand million billion
    trillion mln bln dlrs dlr cts pct says said amid against among despite during per via vs versus yet also too so
    because although though however about above across along around behind below beneath beside between beyond down
    unless whether whoever whatever whichever whenever wherever anything something nothing everything anyone someone
    everyone anybody somebody everybody nobody none itself himself herself themselves yourself ourselves congressmen
    policemen businessmen lawmakers spokesmen except inside like near outside past through toward towards upon
    """
)
"""English words that no dictionary of nouns, verbs and adjectives has."""

SMALL_IN_TITLES = _words(
    """
    a an and as at but by for from in into is its no nor not of off on or over than the to up via vs with
    """
)
"""Words without a capital in a Headline Like This."""

TITLES = _phrases(
    """
    President, Prime Minister, Minister, Premier, Chancellor, Taoiseach, Secretary of State, Secretary of Defense,
    Secretary General, Secretary, Secretary-General, King, Queen, Prince, Princess, Crown Prince, Crown Princess,
    Emperor, Sultan, Emir, Sheikh, Sheik, Duke, Duchess, Pope, Archbishop, Bishop, Cardinal, Patriarch, Ayatollah,
    Grand Ayatollah, Supreme Leader, Imam, Mullah, Hojatoleslam, Rabbi, Reverend, Rev, Pastor, Senator, Sen, Sens,
    Representative, Rep, Reps, Congressman, Congresswoman, Governor, Gov, Lt Gov, Mayor, Judge, Justice, Chief
    Justice, Attorney General, Solicitor General, Prosecutor General, Surgeon General, Inspector General, Ambassador,
    Envoy, Consul, Speaker, General, Gen, Lieutenant General, Lt Gen, Major General, Maj Gen, Brigadier General, Brig
    Gen, Brigadier, Lieutenant Colonel, Lt Col, Colonel, Col, Major, Maj, Captain, Capt, Lieutenant, Lt, Sergeant,
    Sgt, Staff Sgt, Corporal, Cpl, Admiral, Adm, Rear Admiral, Rear Adm, Vice Admiral, Vice Adm, Commander, Cmdr,
    Marshal, Field Marshal, Air Marshal, Chief Marshal, Chief, Police Chief, Constable, Inspector, Sheriff, Chairman,
    Chairwoman, Chairperson, Chair, Chief Executive, Chief Executive Officer, Chief Financial Officer, Chief Operating
    Officer, Chief Economist, CEO, CFO, COO, Director, Managing Director, Director General, Director-General,
    Commissioner, High Commissioner, Leader, Professor, Prof, Doctor, Dr, Mr, Mrs, Ms, Miss, Sir, Dame, Lord, Lady,
    Baron, Baroness, Count, Coach, Spokesman, Spokeswoman, Spokesperson, Analyst, Economist, Deputy, Counselor,
    Adviser, Advisor, Treasurer, Comptroller, Delegate, MP
    """
)
"""Titles with a capital, before a name."""

TITLE_MODIFIERS = _phrases(
    """
    Vice, Deputy, Acting, Interim, Former, First, Second, Foreign, Finance, Defence, Defense, Interior, Home, Justice,
    Economy, Economic, Trade, Commerce, Energy, Oil, Health, Education, Agriculture, Environment, Transport,
    Transportation, Labour, Labor, Information, Culture, Industry, Planning, Development, Housing, Security, National,
    Treasury, State, Press, General, Chief, Executive, Senior, Junior, Assistant, Under, Associate, Special, Royal,
    Grand, Supreme, Crown, Prime, Financial, Cabinet, Budget, Immigration, Tourism, Sports, Water, Communications,
    Technology, Science, Climate, Petroleum, Mining, Investment, Welfare, Social, Public, European, Affairs, of, for,
    and, the, Senate, House, Majority, Minority, Republican, Democratic, Opposition, Police, Army, Navy, Naval, Air
    Force, Party, Council, Parliamentary, Lead, Head, Supply, Works, Exchequer, Board, Bank, Union, City, Federal,
    Central, Fed, ex, UN, U.N., EU, US, U.S.
    """
)
"""What stands before and within titles."""

ROLES = _words(
    """
    president minister premier chancellor secretary secretary-general king queen prince princess emir sheikh pope
    cardinal bishop archbishop senator lawmaker legislator congressman congresswoman governor mayor judge justice
    prosecutor attorney lawyer ambassador envoy speaker general colonel captain lieutenant sergeant admiral commander
    chief officer sheriff chairman chairwoman chair executive founder co-founder owner director manager head leader
    deputy professor doctor scientist researcher analyst economist strategist trader broker adviser advisor aide
    spokesman spokeswoman spokesperson coach captain striker midfielder defender goalkeeper forward winger driver
    rider player champion actor actress singer author writer journalist editor reporter director activist candidate
    rival nominee politician diplomat official member partner veteran expert specialist negotiator representative
    commissioner inspector investigator detective cleric priest rabbi imam ruler dictator successor predecessor son
    daughter wife husband brother sister father mother widow resident farmer teacher student worker engineer pilot
    soldier guerrilla militant businessman businesswoman billionaire entrepreneur investor banker fellow historian
    physician epidemiologist meteorologist treasurer heir owner oligarch whistleblower boss number two counsel
    supporter boss
    """
)
"""Roles in small letters, before a name or in apposition to it."""

ROLE_MODIFIERS = _phrases(
    """
    former, acting, deputy, vice, prime, foreign, finance, defence, defense, interior, chief, senior, managing,
    executive, opposition, party, police, army, first, crown, ex, co, state, general, attorney, secretary, head, team,
    lead, press, supreme, central bank, far-right, veteran
    """
)
"""What stands before a role in small letters."""

OWNERS_IN_NAMES = _words(
    """
    People Children Women Men Workers Lloyd Moody Sotheby Christie Teachers Veterans Kings Queens Peoples Students
    Writers Farmers Doctors
    """
)
"""`Kurdistan Workers' Party`: owners that belong to the name."""

SPORT = _words(
    """
    match matches season goal goals scored striker midfielder goalkeeper coach league championship tournament
    innings wicket wickets runs over seeded seed final semi-final quarter-final playoff playoffs half-time halftime
    penalty substitute fixture fixtures standings inning homer pitcher touchdown quarterback rebounds scorer scorers
    kick-off draw drew win wins won beat beaten defeated lap qualifying points club clubs team teams game games
    soccer cricket rugby tennis basketball baseball nba nfl nhl mlb atp wta stoppage equalised equaliser equalizer
    headed relegation referee rout routed rebounds three-pointer visiting semifinal semifinals quarterfinal
    midfielders overtime stumps seamer batsman bowler unbeaten tie-break tiebreak podium undefeated knockout
    """
)
"""Words of sports reports; several of them, and a city that acts is its team."""

COMPANY_ENDINGS = frozenset(
    {
        "Aerospace", "AeroSystems", "Aerosystems", "Airlines", "Bancorp", "Biosciences", "Biotech",
        "Brands", "Broadcasting", "Brewing", "Capital", "Chemical", "Chemicals", "Communications",
        "Constructions", "Electric", "Electronics", "Energy", "Entertainment", "Financial", "Foods",
        "Gruppen", "Gruppe", "Healthcare", "Insurance", "International", "Konzern", "Laboratories",
        "Logistics", "Media", "Mining", "Motor", "Networks", "Partners", "Petroleum", "Pharma",
        "Clinic", "Kredit", "Properties", "Publishing", "Railway", "Railways", "Salvage", "Resources", "Retail", "Securities",
        "Semiconductor", "Semiconductors", "Shipping", "Software", "Solutions", "Steel", "Stores",
        "Systems", "Telecom", "Telecommunications", "Telekom", "Therapeutics", "Utilities",
    }
)  # fmt: skip
"""Last words of companies that a recogniser takes for people or places: too little to find a name by, enough to type one."""

BEFORE_ORGANISATIONS = _words(
    """
    company firm group bank lender insurer reinsurer carmaker automaker truckmaker airline carrier chipmaker drugmaker
    planemaker shipbuilder brewer miner retailer grocer operator utility startup start-up subsidiary
    broker brokerage fund agency party union newspaper daily broadcaster magazine website network gang cartel militia
    clan club publisher supplier contractor developer exchange regulator watchdog charity think-tank tank refiner
    consultancy steelmaker tech-giant giant conglomerate ministry alliance bookmaker maker manufacturer producer
    movement
    """
)
"""`company X`: small words before a name that is an organisation's."""

BEHIND_ORGANISATIONS = _words(
    """
    shares share stock bonds analyst analysts economist economists strategist spokesman spokeswoman spokesperson
    chairman chairwoman CEO CFO subsidiary unit party gang rebels militants fighters guerrillas lawmaker lawmakers
    employees shareholders executives executive earnings cartel militia newspaper employee movement
    """
)
"""`X shares`: words behind a name that is an organisation's."""

OWNED_BY_ORGANISATIONS = _words(
    """
    profit profits revenue revenues sales owner owners board headquarters customers factory factories plant plants
    results dividend fleet parent products CEO CFO chairman chairwoman shares stock bonds earnings shareholders
    subsidiary unit spokesman spokeswoman executives
    """
)
"""`X's profit`."""

BEFORE_PLACES = _words(
    """
    city town village port province state region district island suburb county municipality coast capital department
    governorate settlement neighbourhood neighborhood resort prefecture peninsula hamlet
    """
)
"""`the state of X`."""

BEHIND_PLACES = _words(
    """
    province region state district county city airport river valley border peninsula island islands prefecture
    governorate oblast residents basin coast coastline suburb neighbourhood neighborhood dam canal strait harbour
    glacier volcano
    """
)
"""`X province`."""

KIN = _words(
    """
    wife husband son daughter father mother brother sister lawyer lawyers family widow predecessor successor death
    parents uncle nephew cousin girlfriend boyfriend
    """
)
"""`X's wife`."""

SHIPS = _words(
    """
    ship tanker vessel ferry freighter trawler yacht frigate destroyer warship submarine containership bulker
    icebreaker dredger tugboat cruiser corvette barge barque schooner brig liner steamer lifeboat minesweeper
    """
)
"""Words before the name of a ship."""

EVENTS = _words(
    """
    Open Cup Championship Championships Prix Olympics Games Masters Marathon Festival Derby Trophy Prize Awards War Bowl
    Classic
    """
)
"""A name of several words that ends in one of these is an event's."""

GEOGRAPHY = _words(
    """
    Shoal Reef Island Islands River Lake Mountain Mountains Valley Strait Straits Bay Peninsula Canal Airport Avenue
    Boulevard Square Stadium Arena Beach Palace Prison Jail Dam Desert Highlands Plateau Province District County Parish
    Prefecture Governorate Sea Ocean Falls Glacier Basin Coast Archipelago Atoll Creek Harbour Harbor Bridge
    """
)
"""A run of two and more capitalised words that ends in one of these is a place."""

BANDS = _words(
    "gang cartel rebels guerrillas militia militants rebel guerrilla militant insurgents gunmen fighters"
)
"""`the Black Basta gang`: words behind the name of an armed band."""
