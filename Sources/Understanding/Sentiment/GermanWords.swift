/// German words with how they feel, from -4 to 4: each line has a valence and the words of it. An asterisk stands for any ending,
/// because German words have many.
enum GermanWords {
  static let lines = """
    -3.4 arschloch* wichser* drecksladen* scheißladen* verarsch* verdammt* betrüger* betrogen abzocke abzocker* fick*
    -3.0 scheiß* scheiss* unverschämt* frechheit* unfassbar unmöglich* katastroph* skandal* zumutung* dreist* beschissen*
    -3.0 hass* widerlich* ekelhaft* betrug* kotzt kotze mies* grauenhaft* grottenschlecht* saftladen* unterirdisch* grottig*
    -2.6 wütend* wut sauer stinksauer empört* empörend* inakzeptabel* schrecklich* furchtbar* fürchterlich* entsetz* lächerlich*
    -2.6 unzumutbar* schlimmst* schlechtest* verärger* genervt nervt nerv* reicht's horror albtraum* alptraum*
    -2.2 enttäusch* schlecht* ärger* schlimm* peinlich* miserabel* unfreundlich* unzuverlässig* inkompetent* unprofessionell*
    -2.2 nutzlos* sinnlos* wertlos* verschwendung* anwalt verklag* drohe* beschwer* lüge* gelogen lügt unseriös* müll schrott
    -1.8 kaputt* defekt* beschädigt* zerbrochen* mangelhaft* falsch* fehler* fehlerhaft* unzufrieden* ungenügend* versagt*
    -1.8 vergeblich* leider verloren verschwunden* gescheitert* traurig* frustrier* frust verzweifel* hilflos* ungeduldig*
    -1.4 problem* schwierig* verspät* verzöger* langsam* umständlich* kompliziert* lästig* schade fehlt fehlen gestört störung*
    -1.4 warte warten gewartet überhöht* überteuert* teuer* unklar* verwirr* unnötig* mühsam* abgelehnt* verweiger* ignoriert*
    -1.0 mangel* sorge* besorgt* zweifel* unsicher* stornier* reklamation* mahnung* sperr* gesperrt
    1.2 okay gern gerne hoffe hoffentlich passt interess* möglich* willkommen gruß grüße
    1.8 gut gute guter gutes guten danke dank dankbar* nett* schön* schnell* freundlich* hilfsbereit* hilfreich* einfach* funktioniert
    1.8 zufrieden* geholfen klappt geklappt gefällt freue freut freuen lieb lieben liebe sympathisch* kompetent* zuverlässig* günstig*
    2.4 super toll* klasse prima spitze herzlich* vielen erfreut empfehl* begeister* glücklich* gelungen* lecker* wunderschön* bestens
    3.0 fantastisch* großartig* hervorragend* ausgezeichnet* wunderbar* perfekt* genial* traumhaft* exzellent* beste* bester sensationell*
    """

  static let negations: Set<String> = [
    "nicht", "nie", "niemals", "kein", "keine", "keinen", "keiner", "keinem", "keines", "nichts", "ohne",
    "weder",
  ]
  static let intensifiers: Set<String> = [
    "sehr", "so", "total", "absolut", "extrem", "richtig", "wirklich", "echt", "völlig", "besonders",
    "äußerst",
    "unglaublich", "dermaßen", "verdammt", "einfach", "ganz", "komplett",
  ]
  static let turns: Set<String> = ["aber", "jedoch", "trotzdem", "allerdings"]
}
