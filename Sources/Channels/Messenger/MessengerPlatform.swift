/// The two services of Meta's Messenger Platform. Their webhooks and calls have one form, so they are read and
/// written by one code; this is what tells them apart.
package enum MessengerPlatform: Sendable {
  case messenger, instagram

  /// Which webhooks are meant for it ("Webhooks": `object`).
  var object: String { self == .messenger ? "page" : "instagram" }

  /// The longest text: 2,000 characters ("Send API": `message.text`), or 1,000 bytes ("Instagram Messaging, Send a
  /// Message").
  var textLimit: (count: Int, unit: TextParts.Unit) {
    self == .messenger ? (2_000, .utf16) : (1_000, .utf8)
  }

  /// What calls of both services that share an address say to mean this one.
  var word: String? { self == .messenger ? nil : "instagram" }
}
