/// The words of one language in which people ask for a person.
struct PersonWords: Sendable {
  /// Getting into touch, as it is asked for: no forms of the past.
  let contacts: Set<String>
  /// Wanting somebody.
  let wishes: Set<String>
  /// Who is wanted, and is seldom anything else in a customer's message.
  let people: Set<String>
  /// People in general: wanted only where one wants to speak to them, or where they are to be real.
  let anyone: Set<String>
  /// Those that one speaks to as a whole.
  var teams: Set<String> = []
  let real: Set<String>
  /// What may stand between, or before a word for a person.
  let fillers: Set<String>
  let polite: Set<String>
  let negations: Set<String>
  /// What makes a question of a negation.
  let abilities: Set<String>
  /// What puts one thing in the place of another.
  let contrasts: Set<String>
  /// What begins another thought.
  let breaks: Set<String>
  /// Who wants, or that one wants: what begins a thought of its own behind a negation.
  let starts: Set<String>
  /// Words, or pairs of them, that carry a negation over to what is wanted.
  let carriers: Set<String>
  /// Words that carry it over to a verb alone: "I don't want you to connect me".
  var verbCarriers: Set<String> = []
  /// Verbs that tell somebody to do it: behind a word of politeness one of them begins a thought of its own.
  let orders: Set<String>
  /// What forbids an order behind it, words of politeness between them or not: "never please connect me".
  let prohibitions: Set<String>
  /// What a clause of its own begins with behind a request, where the verb comes last.
  var subjects: Set<String> = []
  /// Words that make another of a word for a person.
  var others: Set<String> = []
  /// What a person stands behind, where the verb comes last.
  var with: Set<String> = []
  /// Verbs that take a person without a preposition, where they come last.
  var directs: Set<String> = []
  /// Verbs, and what denies them, stand at the end of a clause.
  var verbsLast = false

  static let all = [english, german, french, spanish, italian, portuguese, dutch]
}

private func words(_ text: String) -> Set<String> { Set(text.split(separator: " ").map(String.init)) }

extension PersonWords {
  static let english = PersonWords(
    contacts: words(
      "talk speak chat connect transfer forward escalate reach contact put pass switch call redirect"),
    // "Is there an agent?"
    wishes: words("want need get give wanna like require prefer there"),
    people: words(
      """
      human humans agent agents representative representatives rep operator advisor adviser supervisor manager
      """),
    anyone: words("person people someone somebody anyone anybody employee colleague"),
    teams: words("support service"),
    real: words("real live actual living human"),
    fillers: words(
      """
      to with a an the me us through over on onto up your some one of any another other directly please customer client \
      service support care sales team member staff back now from for be connected transferred \
      talking speaking
      """),
    polite: words("please pls thanks thank you now hi hello hey"),
    negations: words("not no dont doesnt didnt wont never without instead than avoid neither nor"),
    abilities: words("can could cant cannot may why"),
    contrasts: words("but"), breaks: words("and because so or if unless"),
    starts: words("i we please let connect transfer give get"),
    // "nor do I need an agent"
    carriers: words("think believe guess suppose said say why").union([
      "think that", "believe that", "said that", "say that", "nor do", "nor did", "nor would", "neither do",
      "neither did", "neither would", "never do", "never did", "never would", "not do", "not did",
      "not would",
    ]),
    verbCarriers: words("to you them they ever even just"),
    orders: words("connect transfer forward escalate contact put pass switch call redirect give get let"),
    prohibitions: words("never dont").union([
      "never ever", "dont ever", "do not", "do not ever", "must not", "must never",
    ]),
    others: words("estate travel user insurance cleaning shipping forwarding booking delivery"))

  static let german = PersonWords(
    contacts: words(
      """
      sprechen reden spreche rede telefonieren chatten schreiben verbinden verbinde verbindet weiterleiten weitergeleitet \
      durchstellen durchgestellt kontaktieren verbunden unterhalten
      """),
    wishes: words(
      "will möchte möchten brauche brauchen bräuchte gib geben gebt wünsche hätte will wollen verlange bitte"),
    people: words(
      """
      menschen mensch mitarbeiter mitarbeiterin mitarbeitern berater beraterin kundenberater kundenberaterin sachbearbeiter \
      sachbearbeiterin ansprechpartner ansprechpartnerin kollegen kollegin agenten operator vorgesetzten kundenbetreuer \
      supportmitarbeiter servicemitarbeiter
      """),
    anyone: words("person jemand jemandem jemanden"),
    teams: words("kundenservice kundendienst support kundenbetreuung"),
    real: words("echten echter echte echtem richtigen richtiger richtige lebenden realen"),
    fillers: words(
      """
      mit einem einer einen ein eine dem der den zu zum zur an von vom mir mich uns sie ihrem ihren eurem euren bitte doch mal \
      endlich lieber direkt anderen anderem vom aus im service team
      """),
    polite: words("bitte danke hallo jetzt sofort"),
    negations: words("nicht kein keine keinen keinem keiner ohne statt anstatt nie niemals"),
    abilities: words("kann könnte können könnten kannst könnt warum wieso darf dürfte"),
    contrasts: words("sondern"),
    breaks: words("und aber weil denn oder wenn daher deshalb deswegen darum also"),
    starts: words("ich wir"), carriers: words("dass"),
    orders: words("verbinden verbinde verbindet gib geben gebt"), prohibitions: words("nie niemals nicht"),
    subjects: words("ich wir du sie ihr er es das dies der die mein meine"),
    with: words("mit zu an"), directs: words("sprechen"), verbsLast: true)

  static let french = PersonWords(
    contacts: words(
      """
      parler parle discuter joindre contacter échanger transférer transférez transfère passer passez passe mettez mettre \
      connecter connectez rediriger redirigez
      """),
    wishes: words("veux voudrais souhaite souhaiterais besoin aimerais faut donnez exige"),
    people: words(
      """
      humain humaine humains conseiller conseillère agent agente opérateur opératrice représentant responsable employé \
      collaborateur téléconseiller
      """),
    anyone: words("personne quelqu"),
    teams: words("service support"),
    real: words("vrai vraie réel réelle humain humaine vivante"),
    fillers: words(
      "à a avec un une le la l de d du des au aux me m moi en relation contact votre vos client clientèle autre directement"
    ),
    polite: words("s il vous plaît plait svp merci bonjour"),
    negations: words("pas sans jamais plus inutile"),
    abilities: words("puis peux peut pourrais pourrait peuvent pourquoi"),
    contrasts: words("mais"), breaks: words("et car parce donc ou si"),
    starts: words("je j"), carriers: words("que qu"),
    orders: words("passez passe mettez transférez transfère connectez redirigez donnez"),
    prohibitions: words("jamais"),
    others: words("voyage immobilier"))

  static let spanish = PersonWords(
    contacts: words(
      """
      hablar hable hablo conversar chatear comunicarme comunicar comunícame comuníqueme contactar pásame páseme pasar pasarme \
      transferir transfiérame transfiéreme conectar conectarme conéctame contacte
      """),
    wishes: words("quiero quisiera necesito deseo dame deme prefiero exijo"),
    people: words(
      """
      humano humana humanos agente agentes asesor asesora operador operadora representante ejecutivo ejecutiva encargado \
      encargada supervisor
      """),
    anyone: words("persona alguien"),
    teams: words("soporte atención servicio"),
    real: words("real humana humano verdadera verdadero viva"),
    fillers: words(
      "con a al un una el la de del me por tu su vuestro otro otra directamente en contacto cliente clientes"),
    polite: words("por favor gracias hola ahora ya"),
    negations: words("no sin nunca tampoco"),
    abilities: words("puedo puede puedes pueden podría podrían podríamos"),
    contrasts: words("sino"), breaks: words("y pero porque o si"),
    starts: words("quiero quisiera necesito deseo puedo"), carriers: words("que"),
    orders: words(
      "pásame páseme comunícame comuníqueme transfiérame transfiéreme conéctame contacte dame deme"),
    prohibitions: words("nunca"),
    others: words("viajes inmobiliario"))

  static let italian = PersonWords(
    contacts: words(
      """
      parlare parlo chattare contattare passarmi passami passatemi mettermi mettimi collegarmi trasferirmi trasferiscimi \
      conversare comunicare
      """),
    wishes: words("voglio vorrei bisogno desidero dammi datemi preferisco"),
    people: words(
      "umano umana operatore operatrice operatori agente consulente addetto addetta rappresentante responsabile impiegato"
    ),
    anyone: words("persona qualcuno"),
    teams: words("assistenza servizio supporto"),
    real: words("reale umano umana vera vero vivo"),
    fillers: words(
      "con a ad al un una uno il la lo l di del della in contatto mi me vostro vostra altro altra direttamente clienti ad essere"
    ),
    polite: words("per favore grazie ciao subito adesso"),
    negations: words("non senza mai"),
    abilities: words("posso può puo potrei potrebbe possibile possiamo perché"),
    contrasts: words("ma bensì"), breaks: words("e perché o se però"),
    starts: words("voglio vorrei posso"), carriers: words("che"),
    orders: words("passami passatemi mettimi trasferiscimi dammi datemi"), prohibitions: words("mai"),
    others: words("viaggi immobiliare"))

  static let portuguese = PersonWords(
    contacts: words(
      """
      falar falo conversar contatar contactar transferir transfira transfere passar passe conectar conecte encaminhar \
      encaminhe ligar
      """),
    wishes: words("quero queria gostaria preciso desejo prefiro exijo"),
    people: words(
      """
      humano humana humanos atendente atendentes agente operador operadora representante assistente consultor consultora \
      gerente funcionário funcionária supervisor
      """),
    anyone: words("pessoa alguém"),
    teams: words("suporte atendimento"),
    real: words("real humana humano verdadeira verdade viva"),
    fillers: words(
      "com a ao um uma o de do da me para pra por seu sua vosso outro outra diretamente em contato contacto cliente"
    ),
    polite: words("por favor obrigado obrigada olá oi agora"),
    negations: words("não nao sem nunca"),
    abilities: words("posso pode podem podia poderia consigo consegue"),
    contrasts: words("mas sim"), breaks: words("e porque ou se"),
    starts: words("quero queria preciso posso gostaria"), carriers: words("que é"),
    orders: words("transfira transfere passe conecte encaminhe"), prohibitions: words("nunca"),
    others: words("viagens imobiliário"))

  static let dutch = PersonWords(
    contacts: words(
      "praten spreken spreek praat chatten bellen doorverbinden doorverbonden verbinden verbind contact overleggen"
    ),
    wishes: words("wil wilde graag nodig geef zoek"),
    people: words(
      """
      mens mensen medewerker medewerkster medewerkers adviseur agent operator vertegenwoordiger collega leidinggevende \
      klantenservicemedewerker
      """),
    anyone: words("persoon iemand"),
    teams: words("klantenservice klantendienst support"),
    real: words("echt echte levende menselijke"),
    fillers: words(
      "met een de het aan naar mij me door van jullie uw je andere ander direct graag even opnemen wil ik"),
    polite: words("alstublieft alsjeblieft aub graag bedankt hallo nu"),
    negations: words("niet geen zonder nooit"),
    abilities: words("kan kun kunnen kunt mag waarom"),
    contrasts: words("maar"), breaks: words("en want omdat of als dus daarom"),
    starts: words("ik wij"), carriers: words("dat"),
    orders: words("verbind geef"), prohibitions: words("nooit"),
    subjects: words("ik wij we jij je jullie u het dat dit de mijn"),
    with: words("met"), directs: words("spreken"), verbsLast: true)
}
