/// Whether a text is nothing but a greeting, thanks, a goodbye, or a word of politeness: nothing in it asks for a fact,
/// and nothing in it states one. In English, German, French, Spanish, Italian, Portuguese and Dutch.
package enum SmallTalk {
  /// A text of marks and pictures alone, an emoji for instance, is small talk, too; one of nothing is not.
  package static func isAll(_ text: String) -> Bool {
    let text = text.filter { !$0.isWhitespace }.isEmpty ? "" : text
    guard !text.isEmpty else { return false }
    let clauses = Clauses(text).clauses
    guard clauses.reduce(0, { $0 + $1.words.count }) <= longest else { return false }
    return clauses.allSatisfy { isSmall($0.words[...]) } && !text.contains { "\"“„«".contains($0) }
  }

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
      && sentences.allSatisfy { $0.allSatisfy(\.isWhitespace) || isAll(String($0)) }
  }

  /// Words of a message that may still be small talk.
  private static let longest = 16
  private static let longestQuestion = 400

  /// Taken apart into phrases, the longest first.
  private static func isSmall(_ words: ArraySlice<String>) -> Bool {
    guard !words.isEmpty else { return true }
    for count in stride(from: min(longestPhrase, words.count), through: 1, by: -1)
    where phrases.contains(words.prefix(count).joined(separator: " ")) {
      if isSmall(words.dropFirst(count)) { return true }
    }
    return false
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
    """.split { $0 == "|" || $0 == "\n" }.map(String.init))
}
