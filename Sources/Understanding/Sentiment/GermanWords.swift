extension Tongue {
  static let german = Tongue(
    lines: """
      -3.4 arschloch* wichser* drecksladen* scheißladen* verarsch* verdammt* betrüger* betrogen abzocke abzocker* fick*
      -3.0 scheiß* scheiss* unverschämt* frechheit* unfassbar unmöglich* katastroph* skandal* zumutung* dreist* beschissen*
      -3.0 hass* widerlich* ekelhaft* betrug* kotzt kotze mies* grauenhaft* grottenschlecht* saftladen* unterirdisch* grottig*
      -2.6 wütend* wut sauer stinksauer empört* empörend* inakzeptabel* schrecklich* furchtbar* fürchterlich* entsetz*
      -2.6 lächerlich* unzumutbar* schlimmst* schlechtest* verärger* genervt nervt nerv* reichts horror albtraum* alptraum*
      -2.2 enttäusch* schlecht* ärger* schlimm* peinlich* miserabel* unfreundlich* unzuverlässig* inkompetent*
      -2.2 unprofessionell* nutzlos* sinnlos* wertlos* verschwendung* anwalt verklag* drohe* beschwer* danke_für_nichts lüge*
      -2.2 gelogen lügt unseriös* müll schrott
      -1.8 kaputt* defekt* beschädigt* zerbrochen* mangelhaft* falsch* fehler* fehlerhaft* unzufrieden* ungenügend* versagt*
      -1.8 vergeblich* leider verloren verschwunden* gescheitert* traurig* frustrier* frust verzweifel* hilflos* ungeduldig*
      -1.4 problem* schwierig* verspät* verzöger* langsam* umständlich* kompliziert* lästig* schade fehlt fehlen gestört
      -1.4 störung* warte warten gewartet überhöht* überteuert* teuer* unklar* verwirr* unnötig* mühsam* abgelehnt* verweiger*
      -1.4 ignoriert*
      -1.0 mangel* sorge* besorgt* zweifel* unsicher* stornier* reklamation* mahnung* sperr* gesperrt
      0 gelöst behoben geliefert angekommen bekommen erhalten erstattet erreichbar antwort* guten_tag guten_morgen guten_abend
      0 mit_freundlichen_grüßen löst lösen
      1.2 okay gern gerne hoffe hoffentlich passt interess* möglich* willkommen gruß grüße
      1.8 gut gute guter gutes guten danke dank dankbar* nett* schön* schnell* freundlich* hilfsbereit* hilfreich* einfach*
      1.8 funktioniert zufrieden* geholfen klappt geklappt gefällt freue freut freuen lieb lieben liebe sympathisch*
      1.8 kompetent* zuverlässig* günstig*
      2.4 super toll* klasse prima spitze herzlich* vielen erfreut empfehl* begeister* glücklich* gelungen* lecker*
      2.4 wunderschön* bestens
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
