import Mail

/// Mail that no person wrote, or that is our own: it is counted, kept as a notice and never answered, as an
/// answer could go round for ever.
enum EmailAutomation {
  /// A message has passed more servers than this only when it goes in circles (RFC 5321, section 6.3, asks
  /// for 100).
  private static let maximumHops = 60

  /// The word to count it by; nil for mail to be answered.
  static func kind(of message: MIMEMessage) -> String? {
    if isOwn(message) { return "echo.own" }
    if message.values("received").count > maximumHops { return "loop" }
    if isBounce(message) { return "bounce" }
    // RFC 3834, section 5; the comment or parameters behind the word do not matter.
    let submitted = word(message["auto-submitted"])
    if submitted == "auto-replied" || isVacation(message) { return "auto-reply" }
    if !submitted.isEmpty, submitted != "no" { return "auto-generated" }
    // A mailing list's `list` is not among them: a company's own address may be one.
    if ["bulk", "junk"].contains(word(message["precedence"])) { return "bulk" }
    return suppressesReplies(message) ? "auto-generated" : nil
  }

  /// From the address that it was delivered to.
  private static func isOwn(_ message: MIMEMessage) -> Bool {
    let places = ["delivered-to", "x-original-to", "envelope-to", "x-delivered-to"]
    let delivered =
      message.headers.first { places.contains($0.name) }?.value
      ?? (message.to.count == 1 && message.cc.isEmpty ? message.to[0].address : nil)
    guard let delivered = delivered?.lowercased(), !delivered.isEmpty else { return false }
    return (message.from + message.replyTo).contains { $0.address.lowercased() == delivered }
  }

  /// RFC 5321, section 4.5.5: reports come from nobody, and nobody is to be answered.
  private static func isBounce(_ message: MIMEMessage) -> Bool {
    message["return-path"] == "<>" || serverName(of: message) != nil
  }

  /// The name by which servers write, of a mail that is from such a one.
  private static func serverName(of message: MIMEMessage) -> String? {
    let author = message.from.first?.address.lowercased() ?? ""
    if author == "mailer-daemon" { return author }
    return ["mailer-daemon", "postmaster"].first { author.hasPrefix("\($0)@") }
  }

  private static func isVacation(_ message: MIMEMessage) -> Bool {
    if word(message["precedence"]) == "auto_reply" { return true }
    if ["x-autoreply", "x-autorespond", "x-autoresponder"].contains(where: { message[$0] != nil }) {
      return true
    }
    return vacationSubject(of: message) != nil
  }

  /// What its subject begins with, of the words for it.
  private static func vacationSubject(of message: MIMEMessage) -> String? {
    let subject = (message.subject ?? "").lowercased()
    return vacationSubjects.first { subject.hasPrefix($0) }
  }

  /// Exchange puts it on what programs send. Some systems put `None` on everything.
  private static func suppressesReplies(_ message: MIMEMessage) -> Bool {
    let words = (message["x-auto-response-suppress"] ?? "").lowercased().split { ", ".contains($0) }
    return words.contains { ["all", "oof", "autoreply"].contains($0) }
  }

  /// What of a mail's header tells what it is, a line each. There are only words that are known here, whatever stands in
  /// the header: no address, name or text of anybody's.
  static func signs(of message: MIMEMessage) -> String {
    var signs: [String] = []
    if isOwn(message) { signs.append("from: the address that it was delivered to") }
    if let name = serverName(of: message) { signs.append("from: \(name)") }
    if message["return-path"] == "<>" { signs.append("return-path: <>") }
    if message.body?.mediaType == "multipart/report" { signs.append("content-type: multipart/report") }
    for (name, words) in knownWords {
      let said = (message[name] ?? "").lowercased().split { !($0.isLetter || "-_".contains($0)) }
      let known = words.filter { said.contains(Substring($0)) }
      if !said.isEmpty { signs.append("\(name): \(known.isEmpty ? "other" : known.joined(separator: ", "))") }
    }
    signs += presentNames.filter { message[$0] != nil }
    if let subject = vacationSubject(of: message) { signs.append("subject: \(subject)") }
    signs.append("received: \(message.values("received").count)")
    return signs.joined(separator: "\n")
  }

  private static let knownWords = [
    ("auto-submitted", ["auto-replied", "auto-generated", "auto-notified", "no"]),
    ("precedence", ["bulk", "junk", "list", "auto_reply"]),
    ("x-auto-response-suppress", ["all", "dr", "rn", "nrn", "oof", "autoreply"]),
  ]
  private static let presentNames = [
    "x-autoreply", "x-autorespond", "x-autoresponder", "list-id", "list-unsubscribe",
  ]

  private static func word(_ value: String?) -> String {
    String((value ?? "").lowercased().prefix { $0.isASCII && ($0.isLetter || $0 == "-" || $0 == "_") })
  }

  private static let vacationSubjects = [
    "auto:", "autoreply", "auto-reply", "auto reply", "automatic reply", "automated reply", "out of office",
    "out of the office", "on vacation", "automatische antwort", "abwesenheit", "abwesend", "nicht im büro",
    "réponse automatique", "absence du bureau", "absent du bureau", "respuesta automática",
    "fuera de la oficina",
    "fuera de oficina", "risposta automatica", "fuori sede", "fuori ufficio", "resposta automática",
    "ausência temporária", "fora do escritório", "automatisch antwoord", "afwezig", "autosvar",
    "automatiskt svar",
    "frånvaro", "automatisk svar", "fraværende", "automaattinen vastaus", "poissa", "odpowiedź automatyczna",
    "autoodpowiedź", "автоответ", "автоматический ответ", "нет на месте", "otomatik yanıt", "自動応答", "不在",
    "自动答复", "自動回覆", "자동 회신",
  ]
}
