"""The few places that clean needs: cities that datelines name alone, countries and states by the names that wires use."""

from __future__ import annotations

from functools import cache

_CITIES = """
US ATLANTA, BALTIMORE, BOSTON, CHICAGO, CINCINNATI, CLEVELAND, DALLAS, DENVER, DETROIT, HONOLULU, HOUSTON
US INDIANAPOLIS, LAS VEGAS, LOS ANGELES, MIAMI, MILWAUKEE, MINNEAPOLIS, NEW ORLEANS, NEW YORK, NOVA YORK, NUEVA YORK
US NEW YORK CITY, OKLAHOMA CITY, PHILADELPHIA, PHOENIX, PITTSBURGH, ST. LOUIS, SALT LAKE CITY, SAN ANTONIO, SAN DIEGO
US SAN FRANCISCO, SEATTLE, WASHINGTON, WASHINGTON DC, UNITED NATIONS, SILICON VALLEY, CAPE CANAVERAL
CA CALGARY, EDMONTON, HALIFAX, MONTREAL, MONTRÉAL, OTTAWA, QUEBEC CITY, QUÉBEC, REGINA, SASKATOON, TORONTO, VANCOUVER, WINNIPEG
GB LONDON, LONDRES, LONDRA, BELFAST, CARDIFF, EDINBURGH, GLASGOW, MANCHESTER, LIVERPOOL, BIRMINGHAM, LEEDS
IE DUBLIN
FR PARIS, PARIGI, MARSEILLE, LYON, STRASBOURG, STRASSBURG, TOULOUSE, NICE, BORDEAUX, LILLE, NANTES, RENNES, CANNES
DE BERLIN, BERLINO, BERLIM, BERLÍN, BONN, FRANKFURT, FRANKFURT/MAIN, HAMBURG, MUNICH, MÜNCHEN, KÖLN, COLOGNE
DE DÜSSELDORF, DUESSELDORF, STUTTGART, LEIPZIG, DRESDEN, HANNOVER, BREMEN, NÜRNBERG, ESSEN, DORTMUND, KIEL, MAINZ
DE WIESBADEN, POTSDAM, ERFURT, SCHWERIN, MAGDEBURG, SAARBRÜCKEN, KARLSRUHE, MANNHEIM
AT VIENNA, WIEN, VIENNE, VIENA, GRAZ, LINZ, SALZBURG, INNSBRUCK, KLAGENFURT, BREGENZ, EISENSTADT
CH BERN, BERNE, ZURICH, ZÜRICH, GENEVA, GENF, GENÈVE, GINEBRA, GINEVRA, BASEL, LAUSANNE, DAVOS, LUGANO, LUZERN
IT ROME, ROMA, ROM, MILAN, MILANO, MAILAND, NAPLES, NAPOLI, TURIN, TORINO, VENICE, VENEZIA, FLORENCE, FIRENZE, BOLOGNA
IT GENOVA, PALERMO, BARI, CAGLIARI, TRIESTE, PERUGIA, ANCONA, CATANIA
VA VATICAN CITY, CITTÀ DEL VATICANO, CIUDAD DEL VATICANO, VATIKANSTADT
ES MADRID, BARCELONA, SEVILLE, SEVILLA, VALENCIA, BILBAO, ZARAGOZA, MÁLAGA, PALMA, SANTIAGO DE COMPOSTELA, VALLADOLID, OVIEDO
PT LISBON, LISBOA, LISSABON, PORTO, COIMBRA, FUNCHAL
NL AMSTERDAM, THE HAGUE, DEN HAAG, LA HAYE, ROTTERDAM, UTRECHT, EINDHOVEN
BE BRUSSELS, BRUXELLES, BRUSSEL, BRÜSSEL, BRUSELAS, BRUXELAS, ANTWERP, ANTWERPEN, GENT, LIÈGE
LU LUXEMBOURG, LUXEMBURG
DK COPENHAGEN, KØBENHAVN, KOPENHAGEN, KÖPENHAMN, AARHUS, ODENSE
NO OSLO, BERGEN, TRONDHEIM, STAVANGER, TROMSØ
SE STOCKHOLM, GÖTEBORG, GOTHENBURG, MALMÖ
FI HELSINKI, HELSINGFORS, TAMPERE, TURKU, OULU
IS REYKJAVIK, REYKJAVÍK
EE TALLINN
LV RIGA
LT VILNIUS
PL WARSAW, WARSZAWA, WARSCHAU, VARSOVIA, VARSAVIA, KRAKOW, KRAKÓW, GDANSK, WROCLAW
CZ PRAGUE, PRAHA, PRAG, PRAGA, BRNO
SK BRATISLAVA
HU BUDAPEST
RO BUCHAREST, BUCUREȘTI, BUKAREST
BG SOFIA
GR ATHENS, ATHEN, ATENAS, ATENE, ATHÈNES, THESSALONIKI
TR ANKARA, ISTANBUL, IZMIR
CY NICOSIA, NIKOSIA
MT VALLETTA
HR ZAGREB
SI LJUBLJANA
RS BELGRADE, BELGRAD, BEOGRAD
BA SARAJEVO
ME PODGORICA
MK SKOPJE
AL TIRANA
XK PRISTINA
MD CHISINAU
UA KYIV, KIEV, KIEW, ODESA, ODESSA, KHARKIV, LVIV
BY MINSK
RU MOSCOW, MOSKAU, MOSCOU, MOSCÚ, MOSCA, ST. PETERSBURG, SOCHI, VLADIVOSTOK, МОСКВА
GE TBILISI
AM YEREVAN
AZ BAKU
KZ ASTANA, ALMATY
UZ TASHKENT
KG BISHKEK
TJ DUSHANBE
TM ASHGABAT
CN BEIJING, PEKING, PÉKIN, PEKÍN, PECHINO, SHANGHAI, GUANGZHOU, SHENZHEN, CHENGDU, WUHAN, CHONGQING
HK HONG KONG
MO MACAO, MACAU
TW TAIPEI
JP TOKYO, TOKIO, OSAKA, KYOTO, HIROSHIMA, NAGASAKI, SAPPORO
KR SEOUL, BUSAN
KP PYONGYANG
MN ULAN BATOR, ULAANBAATAR
IN NEW DELHI, DELHI, NUEVA DELHI, MUMBAI, BOMBAY, KOLKATA, CALCUTTA, CHENNAI, BENGALURU, BANGALORE, HYDERABAD
IN AHMEDABAD, LUCKNOW, SRINAGAR, JAIPUR, PATNA, BHOPAL, CHANDIGARH
PK ISLAMABAD, KARACHI, LAHORE, PESHAWAR, QUETTA, RAWALPINDI
BD DHAKA
LK COLOMBO
NP KATHMANDU
BT THIMPHU
MV MALE
AF KABUL, KANDAHAR
IR TEHRAN, TEHERAN, TÉHÉRAN, TEERÃ
IQ BAGHDAD, BAGDAD, ERBIL, MOSUL, BASRA
SY DAMASCUS, DAMASKUS, DAMAS, ALEPPO
LB BEIRUT, BEYROUTH
IL JERUSALEM, JÉRUSALEM, GERUSALEMME, TEL AVIV, HAIFA
PS GAZA, GAZA CITY, RAMALLAH, RAFAH, KHAN YOUNIS, KHAN YUNIS
JO AMMAN
SA RIYADH, JEDDAH, MECCA
AE DUBAI, ABU DHABI, SHARJAH
QA DOHA
KW KUWAIT CITY, KUWAIT
BH MANAMA
OM MUSCAT
YE SANAA, ADEN
EG CAIRO, KAIRO, LE CAIRE, EL CAIRO, IL CAIRO, ALEXANDRIA
LY TRIPOLI, BENGHAZI
TN TUNIS
DZ ALGIERS, ALGER, ARGEL
MA RABAT, CASABLANCA, MARRAKECH
SD KHARTOUM
SS JUBA
ET ADDIS ABABA
ER ASMARA
SO MOGADISHU
DJ DJIBOUTI
KE NAIROBI
UG KAMPALA
RW KIGALI
BI BUJUMBURA
TZ DAR ES SALAAM, DODOMA
CD KINSHASA, GOMA
CG BRAZZAVILLE
CM YAOUNDE, DOUALA
TD N'DJAMENA
NE NIAMEY
ML BAMAKO
BF OUAGADOUGOU
SN DAKAR
CI ABIDJAN
GH ACCRA
NG LAGOS, ABUJA, MAIDUGURI
LR MONROVIA
SL FREETOWN
GN CONAKRY
ZA JOHANNESBURG, CAPE TOWN, PRETORIA, DURBAN
ZW HARARE
ZM LUSAKA
MZ MAPUTO
AO LUANDA
NA WINDHOEK
BW GABORONE
MG ANTANANARIVO
AU SYDNEY, MELBOURNE, CANBERRA, BRISBANE, PERTH, ADELAIDE, HOBART, DARWIN
NZ WELLINGTON, AUCKLAND, CHRISTCHURCH
FJ SUVA
PG PORT MORESBY
SG SINGAPORE, SINGAPUR, SINGAPOUR
MY KUALA LUMPUR
ID JAKARTA, YAKARTA
TH BANGKOK
VN HANOI, HO CHI MINH CITY
KH PHNOM PENH
LA VIENTIANE
MM YANGON, NAYPYITAW, RANGOON
PH MANILA
MX MEXICO CITY, CIUDAD DE MÉXICO, MÉXICO, MONTERREY, GUADALAJARA, TIJUANA
GT GUATEMALA CITY, GUATEMALA
SV SAN SALVADOR
HN TEGUCIGALPA
NI MANAGUA
CR SAN JOSE
PA PANAMA CITY
CU HAVANA, LA HABANA, HAVANNA
HT PORT-AU-PRINCE
DO SANTO DOMINGO
JM KINGSTON
CO BOGOTA, BOGOTÁ, MEDELLIN
VE CARACAS
EC QUITO, GUAYAQUIL
PE LIMA
BO LA PAZ
CL SANTIAGO
AR BUENOS AIRES
UY MONTEVIDEO
PY ASUNCION, ASUNCIÓN
BR BRASILIA, BRASÍLIA, SAO PAULO, SÃO PAULO, RIO DE JANEIRO
LB بيروت, طرابلس, صيدا
EG القاهرة, الإسكندرية
SY دمشق, حلب, حمص
IQ بغداد, البصرة, أربيل, الموصل
JO عمان
SA الرياض, جدة, مكة المكرمة
AE دبي, أبوظبي, ابوظبي, أبو ظبي
QA الدوحة
KW الكويت, مدينة الكويت
BH المنامة
OM مسقط
YE صنعاء, عدن
IL القدس, تل أبيب, تل ابيب, حيفا
PS غزة, رام الله, رفح, نابلس, خان يونس
SD الخرطوم, بورتسودان
LY بنغازي
TN تونس
DZ الجزائر
MA الرباط, الدار البيضاء, مراكش
MR نواكشوط
FR باريس
GB لندن
US واشنطن, نيويورك, الأمم المتحدة
RU موسكو
CN بكين
IR طهران
TR أنقرة, انقرة, اسطنبول, إسطنبول
DE برلين
IT روما
VA الفاتيكان
ES مدريد
BE بروكسل
CH جنيف
AT فيينا
UA كييف
JP طوكيو
AF كابول
PK إسلام آباد, اسلام اباد
IN نيودلهي
"""

_COUNTRIES = """
AF Afghanistan; AL Albania; DZ Algeria; AD Andorra; AO Angola; AR Argentina, Argentine, Argentinien; AM Armenia
AU Australia, Australien; AT Austria, Österreich, Autriche
AZ Azerbaijan; BS Bahamas; BH Bahrain; BD Bangladesh; BB Barbados; BY Belarus; BE Belgium, Belgien, Belgique, Bélgica
BZ Belize; BJ Benin; BT Bhutan; BO Bolivia
BA Bosnia, Bosnia-Herzegovina, Bosnia and Herzegovina; BW Botswana; BR Brazil, Brasil, Brasilien, Brésil, Brasile
BN Brunei; BG Bulgaria; BF Burkina Faso; BI Burundi
KH Cambodia; CM Cameroon; CA Canada, Kanada; CV Cape Verde; CF Central African Republic; TD Chad; CL Chile
CN China, Chine; CO Colombia, Kolumbien
KM Comoros; CG Republic of Congo; CD Congo, Democratic Republic of Congo; CR Costa Rica; HR Croatia, Kroatien
CU Cuba, Kuba; CY Cyprus, Zypern; CZ Czech Republic, Czechia
DK Denmark, Dänemark, Danmark; DJ Djibouti; DO Dominican Republic; TL East Timor; EC Ecuador
EG Egypt, Ägypten, Égypte, Egipto, Egitto; SV El Salvador; GQ Equatorial Guinea; ER Eritrea; EE Estonia
SZ Eswatini; ET Ethiopia; FJ Fiji; FI Finland, Suomi; FR France, Frankreich, Francia, França; GA Gabon; GM Gambia
DE Germany, West Germany, Deutschland, Allemagne, Alemania, Germania
GH Ghana; GR Greece, Griechenland; GT Guatemala; GN Guinea; GY Guyana; HT Haiti; HN Honduras; HU Hungary, Ungarn
IS Iceland; IN India, Indien, Inde
ID Indonesia; IR Iran; IQ Iraq, Irak; IE Ireland, Irland; IL Israel, Israël; IT Italy, Italien, Italia, Italie
CI Ivory Coast; JM Jamaica; JP Japan, Japon, Japón; JO Jordan
KZ Kazakhstan; KE Kenya; KW Kuwait; KG Kyrgyzstan; LA Laos; LV Latvia; LB Lebanon, Libanon, Liban; LS Lesotho
LR Liberia; LY Libya; LI Liechtenstein; LT Lithuania
MG Madagascar; MW Malawi; MY Malaysia; ML Mali; MT Malta; MR Mauritania; MU Mauritius; MX Mexico, México, Mexiko
MD Moldova; MC Monaco; MN Mongolia; ME Montenegro
MA Morocco, Maroc, Marruecos; MZ Mozambique; MM Myanmar, Burma; NA Namibia; NP Nepal
NL Netherlands, Niederlande, Pays-Bas, Nederland; NZ New Zealand, Neuseeland; NI Nicaragua; NE Niger; NG Nigeria
KP North Korea; MK North Macedonia; NO Norway, Norwegen, Norge; OM Oman; PK Pakistan; PA Panama; PG Papua New Guinea
PY Paraguay; PE Peru, Perú; PH Philippines
PL Poland, Polen, Pologne; PT Portugal; QA Qatar, Katar; RO Romania; RU Russia, Russland, Russie, Rusia; RW Rwanda
SA Saudi Arabia; SN Senegal; RS Serbia, Serbien
SL Sierra Leone; SG Singapore; SK Slovakia; SI Slovenia; SO Somalia; ZA South Africa, Südafrika; KR South Korea
SS South Sudan; ES Spain, Spanien, España, Espagne, Spagna; LK Sri Lanka
SD Sudan; SR Suriname; SE Sweden, Schweden, Suède, Sverige; CH Switzerland, Schweiz, Suisse, Svizzera
SY Syria, Syrien, Syrie; TW Taiwan; TJ Tajikistan; TZ Tanzania; TH Thailand
TG Togo; TN Tunisia; TR Turkey, Türkiye, Türkei; TM Turkmenistan; UG Uganda; UA Ukraine; AE United Arab Emirates, UAE
GB United Kingdom, England, Scotland, Wales, Northern Ireland, Großbritannien, UK
US United States, USA, U.S.; UY Uruguay; UZ Uzbekistan; VA Vatican; VE Venezuela; VN Vietnam; YE Yemen; ZM Zambia
ZW Zimbabwe; XK Kosovo; PS Gaza Strip, West Bank
"""

_STATES = """
US Ala., Alaska, Ariz., Ark., Calif., Colo., Conn., Del., Fla., Ga., Hawaii, Idaho, Ill., Ind., Iowa, Kan., Kans., Ky.
US La., Maine, Md., Mass., Mich., Minn., Miss., Mo., Mont., Neb., Nev., N.H., N.J., N.M., N.Y., N.C., N.D., Ohio
US Okla., Ore., Pa., R.I., S.C., S.D., Tenn., Texas, Utah, Vt., Va., Wash., W.Va., W. Va., Wis., Wyo., D.C., Alabama
US Arizona, Arkansas, California, Colorado, Connecticut, Delaware, Florida, Illinois, Indiana, Kansas, Kentucky
US Louisiana, Maryland, Massachusetts, Michigan, Minnesota, Mississippi, Missouri, Montana, Nebraska, Nevada
US New Hampshire, New Jersey, New Mexico, New York, North Carolina, North Dakota, Oklahoma, Oregon, Pennsylvania
US Rhode Island, South Carolina, South Dakota, Tennessee, Vermont, Virginia, Washington, West Virginia, Wisconsin
US Wyoming, Tex., AL, AK, AZ, AR, CO, CT, FL, GA, ID, IL, IA, KS, KY, LA, ME, MD, MA, MI, MN, MS, MO, MT, NE, NV, NH
US NJ, NM, NY, NC, ND, OH, OK, OR, PA, RI, SC, SD, TN, TX, UT, VT, VA, WA, WV, WI, WY, DC
CA Ont., Que., B.C., Alta., Sask., Man., N.S., N.B., N.L., P.E.I., Ontario, Quebec, British Columbia, Alberta
CA Saskatchewan, Manitoba, Nova Scotia, New Brunswick, Newfoundland, ON, QC, BC, AB, SK, MB, NS
"""


def country_of_city(name: str) -> str:
    """ISO 3166-1 alpha-2 of a city that datelines name without its country; empty for any other."""
    return _cities().get(name.upper(), "")


def country_named(name: str) -> str:
    """ISO 3166-1 alpha-2 of a country or of a state of the United States or Canada, as datelines write it; else empty."""
    return _countries().get(name.casefold().strip(), "")


@cache
def _cities() -> dict[str, str]:
    return {
        city.strip(): row[:2]
        for row in _CITIES.strip().splitlines()
        for city in row[3:].split(",")
        if city.strip()
    }


@cache
def _countries() -> dict[str, str]:
    table = {
        name.strip().casefold(): row[:2]
        for row in _STATES.strip().splitlines()
        for name in row[3:].split(", ")
    }
    for entry in _COUNTRIES.replace("\n", ";").split(";"):
        if entry := entry.strip():
            for name in entry[3:].split(","):
                table[name.strip().casefold()] = entry[:2]
    return {**{name.replace(".", ""): code for name, code in table.items()}, **table}
