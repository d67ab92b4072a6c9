extension Tongue {
  static let german = Tongue(
    lines: """
      -3.4 arschloch* wichser* drecksladen* scheißladen* verarsch* verdammt* betrüger* betrogen abzocke abzocker* fick ficken
      -3.4 fickt gefickt
      -3.0 scheiß* scheiss* unverschämt* frechheit* unfassbar unmöglich* katastroph* skandal* zumutung* dreist* beschissen*
      -3.0 hass hasse hassen hasst gehasst hasserfüllt* widerlich* ekelhaft* betrug* kotzt kotze mies miese mieser mieses
      -3.0 miesen miesem miesest* grauenhaft* grottenschlecht* saftladen* unterirdisch* grottig*
      -2.6 wütend* wut sauer stinksauer empört* empörend* inakzeptabel* schrecklich* furchtbar* fürchterlich* entsetz*
      -2.6 lächerlich* unzumutbar* schlimmst* schlechtest* verärger* genervt nervt nerven nervst nervte nervig* nervend*
      -2.6 reichts horror albtraum* alptraum*
      -2.2 enttäusch* schlecht* ärger* schlimm* peinlich* miserabel* unfreundlich* unzuverlässig* inkompetent*
      -2.2 unprofessionell* nutzlos* sinnlos* wertlos* verschwendung* anwalt verklag* drohe* beschwer* danke_für_nichts lüge*
      -2.2 gelogen lügt unseriös* müll schrott
      -1.8 kaputt* defekt* beschädigt* zerbrochen* mangelhaft* falsch* fehler* fehlerhaft* unzufrieden* ungenügend* versagt*
      -1.8 vergeblich* leider verloren verschwunden* gescheitert* traurig* frustrier* frust verzweifel* hilflos* ungeduldig*
      -1.4 problem* schwierig* verspät* verzöger* langsam* umständlich* kompliziert* lästig* schade fehlt fehlen gestört
      -1.4 störung* warte warten gewartet überhöht* überteuert* teuer* unklar* verwirr* unnötig* mühsam* abgelehnt*
      -1.4 verweiger* ignoriert*
      -1.0 mangel* sorge* besorgt* zweifel* unsicher* stornier* reklamation* mahnung* sperr* gesperrt
      0 gelöst behoben geliefert angekommen bekommen erhalten erstattet erreichbar antwort* guten_tag guten_morgen
      0 guten_abend mit_freundlichen_grüßen löst lösen
      1.2 okay gern gerne hoffe hoffentlich passt interess* möglich* willkommen gruß grüße
      1.8 gut gute guter gutes guten danke dank dankbar* nett nette netter nettes netten nettem nettest* schön schöne schöner
      1.8 schönes schönen schönem schönste* schnell* freundlich* hilfsbereit* hilfreich* einfach* funktioniert zufrieden*
      1.8 geholfen klappt geklappt gefällt freue freut freuen lieb lieben liebe sympathisch* kompetent* zuverlässig* günstig*
      2.4 super toll tolle toller tolles tollen tollem tollste* klasse prima spitze herzlich* vielen erfreut empfehl*
      2.4 begeister* glücklich* gelungen* lecker* wunderschön* bestens
      3.0 fantastisch* großartig* hervorragend* ausgezeichnet* wunderbar* perfekt* genial* traumhaft* exzellent* beste besten
      3.0 bester bestes sensationell*
      """,
    negations: "nicht nie niemals kein keine keinen keiner keinem keines nichts ohne weder",
    lateNegations: "nicht nie niemals kein keine keinen keiner keinem keines nichts ohne weder",
    intensifiers: """
      sehr so total absolut extrem richtig wirklich echt völlig besonders äußerst unglaublich dermaßen verdammt einfach ganz
      komplett
      """,
    turns: "aber jedoch trotzdem allerdings", readsAccents: true)
}
