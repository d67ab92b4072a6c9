/// Whether a text is nothing but a greeting, thanks, a goodbye, or a word of politeness: nothing in it asks for a fact,
/// and nothing in it states one. In English, German, French, Spanish, Italian, Portuguese and Dutch;
/// greetings and thanks in some others.
package enum SmallTalk {
  /// A text of marks and pictures alone, an emoji for instance, is small talk, too; one of nothing is not, nor one that
  /// quotes something, nor one too long to be looked through.
  package static func isAll(_ text: String) -> Bool {
    guard !text.allSatisfy(\.isWhitespace), !Clauses.leavesOut(of: text) else { return false }
    let clauses = Clauses(text).clauses
    guard !clauses.isEmpty else { return !text.contains { $0.isLetter || $0.isNumber } }
    guard clauses.reduce(0, { $0 + $1.words.count }) <= longest else { return false }
    if clauses.allSatisfy({ isSmall($0.words[...]) }) { return true }
    // "Thanks, that helped": words that state and ask nothing, beside a courtesy. A question of them may ask for a fact.
    return clauses.contains { $0.words.contains(where: courtesies.contains) }
      && clauses.allSatisfy { isSmall($0.words[...], with: $0.isQuestion ? [] : fillers) }
  }

  /// Whether small talk still wants something: an assent to an offer, a plea, or nothing but a mark of question.
  package static func wants(_ text: String) -> Bool {
    let clauses = Clauses(text).clauses
    guard !clauses.isEmpty else { return text.contains { "?？؟".contains($0) } }
    return clauses.contains {
      $0.words.first.map(pleas.contains) == true || $0.words.last == "please"
    }
  }

  private static let pleas = words("yes yep please help could ja bitte oui sí sim sì")

  /// The text consists of questions and small talk: it states nothing that would want support. Bounded, because a fact can
  /// be put as a question.
  package static func statesNothing(_ text: String) -> Bool {
    guard text.utf8.count <= longestQuestion else { return false }
    let sentences = text.split { ".!\n。！".contains($0) }.flatMap { part -> [Substring] in
      // What stands before the last question mark of a part are questions.
      guard let last = part.lastIndex(where: { "?？؟".contains($0) }) else { return [part] }
      return [part[part.index(after: last)...]]
    }
    return !text.allSatisfy(\.isWhitespace)
      && sentences.allSatisfy { $0.allSatisfy(\.isWhitespace) || isAll(withoutName($0)) && !decides($0) }
  }

  /// Whether a sentence says yes or no to something; "no problem" does not.
  private static func decides(_ sentence: Substring) -> Bool {
    Clauses(String(sentence)).clauses.contains {
      $0.words.contains(where: decisions.contains)
        && ($0.words.count == 1 || !phrases.contains($0.words.joined(separator: " ")))
    }
  }

  private static let decisions = words("yes yep no nope ja nein genau oui non sí sì sim não certo nee")

  /// Without the one name behind a greeting: "Hi Ada".
  private static func withoutName(_ sentence: Substring) -> String {
    var words = sentence.split(whereSeparator: \.isWhitespace)
    guard words.count > 1, greetings.contains(words[0].lowercased().filter(\.isLetter)) else {
      return String(sentence)
    }
    let name = words[1].hasSuffix(",") ? words[1].dropLast() : words[1]
    if name.first?.isUppercase == true, name.dropFirst().allSatisfy({ $0.isLowercase || $0 == "-" }) {
      words.remove(at: 1)
    }
    return words.joined(separator: " ")
  }

  /// Words of a message that may still be small talk.
  private static let longest = 16
  private static let longestQuestion = 400

  /// Taken apart into phrases, the longest first, and words of `fillers`.
  private static func isSmall(_ words: ArraySlice<String>, with fillers: Set<String> = []) -> Bool {
    guard let first = words.first else { return true }
    for count in stride(from: min(longestPhrase, words.count), through: 1, by: -1)
    where phrases.contains(words.prefix(count).joined(separator: " ")) {
      if isSmall(words.dropFirst(count), with: fillers) { return true }
    }
    return fillers.contains(first) && isSmall(words.dropFirst(), with: fillers)
  }

  private static let longestPhrase = phrases.map { $0.split(separator: " ").count }.max() ?? 1

  private static let phrases: Set<String> = Set(
    """
    hi|hello|hey|hi there|hello there|hey there|good morning|good afternoon|good evening|good day|good night|greetings|howdy
    how are you|how are you doing|how are you today|how is it going|how s it going|what s up|nice to meet you|i m fine|i am fine
    thanks|thank you|thank you very much|thank you so much|thanks a lot|many thanks|thx|ty|cheers|much appreciated
    thanks for your help|thank you for your help|thanks for the help|you are welcome|you re welcome|no problem|my pleasure
    bye|goodbye|good bye|bye bye|see you|see you later|take care|have a nice day|have a good day|have a great day
    ok|okay|alright|all right|great|perfect|super|cool|nice|fine|good|wonderful|excellent|awesome|got it|i see|understood
    yes|no|yep|nope|sure|please|sorry|no worries|that is all|that s all|that was all|everyone|all|again|welcome|so much|very much
    hallo|guten morgen|guten tag|guten abend|gute nacht|moin|moin moin|servus|grüß gott|grüezi|hallo zusammen|tag
    wie geht es dir|wie geht es ihnen|wie gehts|wie geht s|mir geht es gut|gut
    danke|danke schön|dankeschön|vielen dank|herzlichen dank|besten dank|danke sehr|danke dir|danke ihnen|tausend dank
    danke für die hilfe|danke für ihre hilfe|danke für deine hilfe|vielen dank für ihre hilfe|vielen dank für deine hilfe
    vielen dank für die hilfe|gern geschehen|gerne|bitte|bitte schön|kein problem
    tschüss|tschüs|auf wiedersehen|bis bald|bis dann|bis später|ciao|schönen tag|schönen tag noch|einen schönen tag noch
    ja|nein|alles klar|in ordnung|prima|verstanden|genau|entschuldigung|das war alles|das ist alles|passt|klasse
    bonjour|bonsoir|salut|coucou|bonne nuit|ça va|comment ça va|comment allez vous|comment vas tu|bonne journée|bonne soirée
    merci|merci beaucoup|merci bien|mille mercis|merci pour votre aide|merci pour ton aide|de rien|je vous en prie|avec plaisir
    au revoir|à bientôt|à plus|à plus tard|oui|non|d accord|parfait|très bien|super|s il vous plaît|s il te plaît|désolé|génial
    hola|buenos días|buenas tardes|buenas noches|buenas|buen día|qué tal|cómo estás|cómo está|cómo está usted
    gracias|muchas gracias|mil gracias|gracias por su ayuda|gracias por tu ayuda|gracias por la ayuda|de nada|con gusto
    adiós|hasta luego|hasta pronto|hasta mañana|chao|sí|vale|perfecto|muy bien|genial|por favor|de acuerdo|entendido|eso es todo
    buongiorno|buonasera|buona sera|buonanotte|salve|buona giornata|come stai|come sta|come va|tutto bene
    grazie|grazie mille|molte grazie|tante grazie|grazie per l aiuto|grazie per il suo aiuto|prego|di nulla|figurati
    arrivederci|a presto|a dopo|sì|va bene|perfetto|ottimo|benissimo|per favore|d accordo|capito|scusi
    olá|oi|bom dia|boa tarde|boa noite|tudo bem|como vai|como está|como você está|tudo bom
    obrigado|obrigada|muito obrigado|muito obrigada|obrigado pela ajuda|obrigada pela ajuda|valeu|por nada|imagina
    tchau|até logo|até mais|até breve|adeus|sim|não|certo|perfeito|ótimo|muito bem|está bem|entendi|desculpe
    hoi|goedemorgen|goedemiddag|goedenavond|goedendag|goede morgen|goede middag|dag|hoe gaat het|hoe gaat het met u
    dank je|dank je wel|dank u|dank u wel|bedankt|hartelijk dank|heel erg bedankt|bedankt voor de hulp|bedankt voor je hulp
    bedankt voor uw hulp|graag gedaan|tot ziens|doei|tot snel|tot straks|fijne dag|fijne dag nog|nee|oké|prima|begrepen|top
    alstublieft|alsjeblieft|geen probleem|sorry hoor
    glad|happy|happy to help|freut mich|das freut mich|ravi|ravie|me alegro|me alegra|mi fa piacere|fico feliz|blij
    cześć|dzień dobry|dobry wieczór|witam|dziękuję|dziękuję bardzo|bardzo dziękuję|dzięki|do widzenia|miłego dnia
    привет|здравствуйте|здравствуй|добрый день|доброе утро|добрый вечер|спасибо|большое спасибо|спасибо большое
    спасибо за помощь|до свидания|пожалуйста|привіт|добрий день|доброго дня|вітаю|дякую|дуже дякую|щиро дякую|до побачення
    merhaba|selam|günaydın|iyi günler|i\u{307}yi günler|iyi akşamlar|i\u{307}yi akşamlar|teşekkürler|teşekkür ederim
    çok teşekkürler|çok teşekkür ederim|sağ olun|rica ederim|hoşça kal
    hej|hejsan|god morgon|god kväll|tack|tack så mycket|tusen tack|tack för hjälpen|hej då|varsågod
    goddag|god dag|godmorgen|god aften|tak|mange tak|tusind tak|tak for hjælpen|farvel
    hei|god morgen|takk|tusen takk|mange takk|takk for hjelpen|ha det bra
    ahoj|dobrý den|dobré ráno|dobrý večer|děkuji|děkuju|díky|děkuji moc|moc děkuji|na shledanou
    terve|hyvää päivää|hyvää huomenta|kiitos|kiitos paljon|paljon kiitoksia|kiitos avusta|näkemiin
    مرحبا|مرحبًا|أهلا|أهلًا|السلام عليكم|وعليكم السلام|صباح الخير|مساء الخير|شكرا|شكرًا|شكرا لك|شكرًا لك|شكرا جزيلا|مع السلامة
    你好|您好|早上好|下午好|晚上好|谢谢|謝謝|谢谢你|谢谢您|謝謝你|多谢|感谢|非常感谢|不客气|再见
    こんにちは|こんばんは|おはよう|おはようございます|ありがとう|ありがとうございます|ありがとうございました|どうもありがとう
    どうもありがとうございます|どういたしまして|さようなら
    안녕|안녕하세요|감사합니다|고맙습니다|고마워요|고마워|정말 감사합니다|대단히 감사합니다|안녕히 계세요|안녕히 가세요
    """.split { $0 == "|" || $0 == "\n" }.map(String.init))

  private static func words(_ text: String) -> Set<String> {
    Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
  }

  private static let greetings = words("hi hello hey hallo bonjour salut hola ciao olá oi hoi")

  /// What says that fillers beside it are said out of politeness. Words of consent are none: "yes, it was" states a fact.
  private static let courtesies = greetings.union(
    words(
      """
      thanks thank thx cheers bye goodbye glad happy danke dank tschüss freut merci ravi ravie gracias alegro alegra
      grazie piacere obrigado obrigada feliz bedankt blij doei
      """))

  /// Words of which no fact can be made, and no question for one.
  private static let fillers = words(
    """
    that this it so really very much for your the help helped helpful helps me was you a lot again and too also to i m we
    could quick fast kind answer reply response hear of
    das es hat mir sehr wirklich geholfen hilft helfen hilfe für die ihre deine nochmals noch mal und auch schnelle antwort
    dass ich konnte
    ça cela m a aidé aider vous vraiment c était très pour votre ton l aide réponse rapide utile et de
    eso me ha ayudó ayudado fue muy útil por la su tu ayuda respuesta rápida mucho y que te haya
    mi aiutato stato molto per il tuo suo aiuto risposta davvero
    isso ajudou foi muito pela sua ajuda resposta
    dat heeft mij geholpen erg heel voor je uw hulp snelle antwoord het
    """)
}
