import Testing

@testable import Understanding

/// How somebody feels who writes in another language than English and German, and what a language has to do with it.
@Suite struct SentimentLanguageTests {
  /// What counts is the share that is right, as for English and German.
  @Test(arguments: SentimentExamples.all)
  func mostMessagesHaveTheirSentiment(examples: SentimentExamples) {
    let labelled = examples.labelled
    let wrong = labelled.filter { label, text in Self.guess(text).label != label }
    #expect(labelled.count >= 80)
    #expect(
      wrong.count * 8 <= labelled.count,
      "\(wrong.map { "\($0.label): \($0.text) is \(Self.guess($0.text).label) \(Self.guess($0.text).score)" })"
    )
  }

  @Test(arguments: SentimentExamples.all)
  func nobodyWhoIsNotAngryIsTakenForIt(examples: SentimentExamples) {
    for (label, text) in examples.labelled {
      let guess = Self.guess(text)
      if label != .angry { #expect(guess.label != .angry, "\(text)") }
      if label == .angry || label == .negative { #expect(guess.score <= 0, "\(text)") }
      if label == .positive { #expect(guess.score >= 0, "\(text)") }
    }
  }

  @Test(arguments: SentimentExamples.all)
  func accentsNeedNotBeTyped(examples: SentimentExamples) {
    for (_, text) in examples.labelled {
      let language = LanguageGuess(of: text)
      #expect(
        SentimentGuess(of: SentimentWords.plain(text), in: language)
          == SentimentGuess(of: text, in: language),
        "\(text)")
    }
  }

  @Test(arguments: [
    "Où est ma commande ?", "ou est ma commande", "¿Cuándo llega mi pedido?", "donde esta mi pedido",
    "Dov'è il mio ordine?", "Onde está o meu pedido?", "Onde está a minha encomenda?",
    "Waar is mijn bestelling?",
    "Wo ist meine Bestellung?", "Bonne journée", "Buenos días", "Buona sera", "Boa tarde", "Goede morgen",
    "Guten Abend", "Good morning", "Met vriendelijke groet",
  ])
  func questionsAndGreetingsFeelLikeNothing(text: String) {
    #expect(Self.guess(text).score == 0)
  }

  @Test(arguments: [
    ("C'est pas mal", "C'est mal"), ("No está nada mal", "Está mal"),
    ("Niente male davvero", "Va davvero male"),
    ("O produto não é mau", "O produto é mau"), ("Dat is niet slecht", "Dat is slecht"),
    ("Das ist nicht schlecht", "Das ist schlecht"),
    ("Je suis content", "Je ne suis pas content"), ("Estoy contento", "No estoy contento"),
    ("Sono contento di voi", "Non sono contento di voi"), ("Estou contente", "Não estou contente"),
    ("Ik ben blij met jullie", "Ik ben niet blij met jullie"), ("J'aime ça", "J'aime pas ça"),
  ])
  func aNegationTurnsAWordRound(good: String, bad: String) {
    #expect(Self.guess(good).score > 0)
    #expect(Self.guess(bad).score < 0)
  }

  /// Neither to the word in another clause nor to the one before does it belong.
  @Test(arguments: [
    "Non, c'est vraiment nul", "No, esto es malo", "Não, isto é ruim", "Nee, dit is slecht",
    "Nein, das ist schlecht",
    "No, this is bad", "Schlecht, keine Antwort", "Nul, pas de réponse", "Le problème n'est pas résolu",
    "Het probleem is niet opgelost", "Nadie resuelve mi problema", "Niemand lost mijn probleem op",
    "Das Problem ist nicht gelöst", "Non comprerò mai più da voi",
  ])
  func aNegationTurnsNothingElseRound(text: String) {
    #expect(Self.guess(text).score < -0.2)
  }

  @Test func whatIsExpectedIsFeltWhereItIsMissing() {
    for (here, missing) in [
      ("Ça marche", "Ça ne marche pas"), ("El producto funciona ahora", "El producto no funciona ahora"),
      ("L'app funziona", "L'app non funziona"), ("O site funciona", "O site não funciona"),
      ("De app werkt", "De app werkt niet"),
    ] {
      #expect(Self.guess(here).score == 0, "\(here)")
      #expect(Self.guess(missing).label == .negative, "\(missing)")
    }
  }

  @Test func whatStandsBehindAButIsMeant() {
    for (bad, good) in [
      ("Le produit est beau mais c'est lent", "C'est lent mais le produit est beau"),
      ("El producto es bonito pero muy lento", "Es muy lento pero el producto es bonito"),
      ("Il prodotto è bello ma difettoso", "È difettoso ma il prodotto è bello"),
      ("O produto é bonito mas veio quebrado", "Veio quebrado mas o produto é bonito"),
      ("Het product is mooi maar kapot", "Het product is kapot maar mooi"),
    ] {
      #expect(Self.guess(bad).score < 0, "\(bad)")
      #expect(Self.guess(good).score > 0, "\(good)")
    }
  }

  @Test func thanksForNothingAreNone() {
    for text in [
      "Merci pour rien", "Gracias por nada", "Grazie di niente", "Obrigada por nada", "Bedankt voor niets",
      "Danke für nichts",
    ] {
      #expect(Self.guess(text).score < -0.2, "\(text)")
    }
  }

  @Test func mildWordsAloneMakeNobodyAngry() {
    for text in [
      "Malheureusement le colis est arrivé abîmé et en retard",
      "Lamentablemente el paquete llegó roto y con retraso",
      "Leider ist die Lampe kaputt und das Paket verspätet",
    ] {
      #expect(Self.guess(text).label == .negative, "\(text)")
      #expect(Self.guess(text + "!!!").label == .angry, "\(text)")
    }
  }

  @Test func anIntensifierThatFeelsOtherwiseOnlyStresses() {
    #expect(
      Self.guess("Cette livraison est super lente").score < Self.guess("Cette livraison est lente").score)
    #expect(Self.guess("Das ist verdammt gut").score > Self.guess("Das ist gut").score)
  }

  /// Of few words CLD2 tells about any language, and surely: another's word counts where it says nearly all.
  @Test func fewWordsAreReadInTheLanguageThatKnowsThem() {
    for guessed in ["en", "no", "pl"] {
      let language = LanguageGuess(language: guessed, isReliable: true)
      for text in ["¡Estafadores!", "Arnaque !", "truffatori!", "ladrões!", "Oplichters!"] {
        #expect(SentimentGuess(of: text, in: language).label == .angry, "\(text) as \(guessed)")
      }
    }
    let english = LanguageGuess(language: "en", isReliable: true)
    #expect(SentimentGuess(of: "gift", in: english).score > 0)
    #expect(SentimentGuess(of: "super nul", in: english).score < 0)
  }

  /// "die" and "Kind" are words of English that feel like something.
  @Test func aWordOfAnotherLanguageIsNotReadInAWrongOne() {
    for (text, guessed) in [
      ("die bestelling", "nl"), ("das Kind", "de"), ("Das war hell", "de"), ("die App?", "af"),
      ("die Rechnung war falsch adressiert", "nl"), ("Er war hell und die Tür war offen", "de"),
    ] {
      let language = LanguageGuess(language: guessed, isReliable: true)
      #expect(SentimentGuess(of: text, in: language).score == 0, "\(text) as \(guessed)")
    }
  }

  /// It may be a name or a word of another language, and CLD2 tells of it any.
  @Test func aWordAloneMakesNobodyAngryWithoutAMark() {
    for text in ["Hell", "Brutal", "Betrug", "Merde", "Estafadores"] {
      for guessed in ["en", "de", "fr", "no"] {
        let language = LanguageGuess(language: guessed, isReliable: true)
        #expect(SentimentGuess(of: text, in: language).label == .negative, "\(text) as \(guessed)")
        #expect(SentimentGuess(of: text + ".", in: language).label == .negative, "\(text) as \(guessed)")
        #expect(SentimentGuess(of: text + "!", in: language).label == .angry, "\(text) as \(guessed)")
        #expect(SentimentGuess(of: text + " 😡", in: language).label == .angry, "\(text) as \(guessed)")
      }
    }
    #expect(Self.guess("😡").label == .angry)
  }

  @Test(arguments: [
    ("Mein Name ist Hassan", "de"), ("Ich wohne in Miesbach", "de"), ("Ich komme aus Nettetal", "de"),
    ("Abflug in Schönefeld", "de"), ("Mi chiamo Schifani", "it"), ("Mi chiamo Tristano", "it"),
    ("Vorrei un comodino", "it"), ("Vendete una stufa?", "it"), ("Lo envían por Estafeta", "es"),
    ("Me llamo Timo", "es"), ("Vivo en Hermosillo", "es"), ("Quiero averiguar el precio", "es"),
    ("Moro em Porto Alegre", "pt"), ("Falei com a Sujata", "pt"), ("Mijn naam is Kutlu", "nl"),
    ("De vlucht naar Kloten", "nl"), ("J'habite à Joliette", "fr"), ("Où est le panneau ?", "fr"),
    ("My name is Rob", "en"), ("I drive a Kia", "en"), ("Which PO is it?", "en"),
  ])
  func aNameThatBeginsLikeAWordFeelsLikeNothing(text: String, language: String) {
    let language = LanguageGuess(language: language, isReliable: true)
    #expect(SentimentGuess(of: text, in: language).score == 0)
  }

  @Test(arguments: [
    ("Ich hasse euch alle hier", "de"), ("So ein mieser Laden ist das", "de"),
    ("Che schifo di servizio avete", "it"),
    ("Siete dei truffatori e basta", "it"), ("Esto es un timo total", "es"),
    ("Me han estafado otra vez más", "es"),
    ("Wat een kutservice is dit weer", "nl"), ("C'est de la merde votre service", "fr"),
  ])
  func theFormsOfAWordFeelAsItDoes(text: String, language: String) {
    let language = LanguageGuess(language: language, isReliable: true)
    #expect(SentimentGuess(of: text, in: language).label == .angry)
  }

  @Test(arguments: [
    ("*", "*"), ("**", "**"), ("_", "_"), ("~~", "~~"), ("`", "`"), ("\"", "\""), ("'", "'"), ("“", "”"),
    ("„", "“"), ("‘", "’"), ("«", "»"), ("« ", " »"), ("‹", "›"), ("「", "」"),
  ])
  func emphasisAndQuotationEndNoClause(open: String, close: String) {
    for (before, word, behind, language) in [
      ("Das ist", "nicht", "gut", "de"), ("Das gefällt mir", "nicht", "", "de"),
      ("This is", "not", "good", "en"),
      ("This is not", "really", "very good", "en"), ("This is not", "good", "", "en"),
      ("Je ne suis", "pas", "content", "fr"),
      ("Estoy", "muy", "enfadado", "es"),
    ] {
      let language = LanguageGuess(language: language, isReliable: true)
      let plain = SentimentGuess(of: "\(before) \(word) \(behind)", in: language)
      let marked = SentimentGuess(of: "\(before) \(open)\(word)\(close) \(behind)", in: language)
      #expect(plain.score < 0)
      #expect(marked == plain, "\(before) \(open)\(word)\(close) \(behind)")
    }
  }

  @Test(arguments: ["أين طلبي الآن", "मेरा ऑर्डर कहाँ गया", "我的 订单 在哪里", "איפה ההזמנה שלי"])
  func scriptsWithoutCaseAreNotShouted(text: String) {
    #expect(Self.guess(text + " 😡") == Self.guess("😡"))
    #expect(Self.guess(text + " 😡!") != Self.guess("😡"))
  }

  @Test func ofALanguageThatIsNotKnownLongTextsFeelLikeNothing() {
    for text in ["Var är min beställning? Jag är arg.", "Kde je moje objednávka? Čekám už dva týdny."] {
      #expect(Self.guess(text).score == 0, "\(text)")
    }
  }

  @Test func aTextOfMarksAloneIsRead() {
    for text in ["'", "\u{345}'", "''a'", "l'", "!'!", "\u{301}\u{301}", "_*_"] {
      #expect(Self.guess(text).score == 0, "\(text.unicodeScalars.map(\.value))")
    }
  }

  private static func guess(_ text: String) -> SentimentGuess {
    SentimentGuess(of: text, in: LanguageGuess(of: text))
  }
}
