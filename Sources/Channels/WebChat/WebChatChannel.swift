import Contracts
import FoundationEssentials
import HTTPClient
import JSON

/// The chat on a company's own pages, over the engine's own endpoint.
///
/// A body is a `WebChatBody`; other members are passed over. Or it is `{"read": [ids]}`, without an id of its own, and names
/// messages of ours that the visitor's browser has shown. The visitor's id comes from the endpoint, never from the body.
///
/// A provider id is the visitor's id, `/` and a message's: a page chooses and names ids freely, and must neither take
/// another visitor's nor tell of what another was sent.
package struct WebChatChannel: ChannelAdapter {
  package static let maximumBytes = 64 << 10
  /// Of all files of a message together.
  package static let maximumFileBytes = 5 << 20
  package static let maximumFiles = 5
  /// Messages of one body that were shown.
  package static let maximumReceipts = 100
  /// Of a body with files, which are in Base64.
  package static let maximumBytesWithFiles = maximumFileBytes / 3 * 4 + maximumBytes
  /// In code points.
  package static let maximumCharacters = 4_000

  package let channel = Channel.webchat

  package init() {}

  /// A page shows what the event says, and has no form for places and cards.
  package var showsCards: Bool { false }

  package var isServedHere: Bool { true }

  /// A visitor hears nothing unless they open the page.
  package func hearsConsent(isThread: Bool) -> Bool { false }

  package func parse(_ body: [UInt8], sender: String?) throws(ChannelError) -> [InboundItem] {
    guard let sender = Bounded.identifier(sender) else {
      throw ChannelError(.missingSender, "a body without a visitor")
    }
    let body = try JSONValue(body: body, maximumBytes: Self.maximumBytesWithFiles)
    guard body.kind == .object else {
      throw ChannelError(.wrongShape, "body is \(body.kind.rawValue), not an object")
    }
    if body["id"] == nil, let read = body["read"] { return try receipts(read, of: sender) }
    let id = try id(body["id"])
    let files = try files(body["files"])
    let visitor = body["visitor"]
    let profile = visitor.flatMap { $0.kind == .object ? $0 : nil }.map {
      InboundProfile(
        email: Bounded.text($0["email"]?.string), phone: Bounded.text($0["phone"]?.string),
        isVerified: $0["verified"]?.bool ?? false)
    }
    let text = files.isEmpty || body["text"] != nil ? try text(body["text"], isNeeded: files.isEmpty) : nil
    let message = InboundMessage(
      providerID: Self.providerID(of: id, with: sender),
      origin: InboundOrigin(
        address: sender, name: Bounded.name(visitor?["name"]?.string), time: nil, profile: profile),
      content: InboundContent(
        files.isEmpty ? .text : .attachment, text: text, payload: try payload(body["payload"]),
        attachments: files)
    )
    return [.message(message)]
  }

  /// Taken at once: the reply reaches the visitor from the log, by the live stream and the history, so being
  /// recorded is being delivered.
  package func send(
    _ message: OutboundMessage,
    from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> SendOutcome {
    .accepted(providerID: Self.providerID(of: message.id, with: message.address))
  }

  /// The files are in the body.
  package func fetch(
    _ source: AttachmentSource, in body: [UInt8]?, maximumBytes: Int,
    from connection: ConnectionCreated.Private, using client: HTTPClient
  ) async -> FetchOutcome {
    guard case .part(let number) = source else { return .failed(reason: "unsupported", code: nil) }
    guard let body, let value = try? JSONValue(body: body, maximumBytes: Self.maximumBytesWithFiles),
      let file = value["files"]?[number], let bytes = Self.bytes(of: file)
    else { return .failed(reason: "gone", code: nil) }
    guard bytes.count <= maximumBytes else { return .failed(reason: "too-large", code: nil) }
    return .fetched(bytes: Array(bytes), mediaType: Bounded.mediaType(file["type"]?.string))
  }

  private static func bytes(of file: JSONValue) -> Data? {
    file["data"]?.string.flatMap { Data(base64Encoded: $0) }
  }

  private func files(_ value: JSONValue?) throws(ChannelError) -> [InboundAttachment] {
    guard let value, !value.isNull else { return [] }
    guard let files = value.array, files.count <= Self.maximumFiles else {
      throw ChannelError(.wrongShape, "files is no array of at most \(Self.maximumFiles) elements")
    }
    var total = 0
    var attachments: [InboundAttachment] = []
    for (number, file) in files.enumerated() {
      guard let bytes = Self.bytes(of: file), !bytes.isEmpty else {
        throw ChannelError(.wrongShape, "files[\(number)].data is no base64 of at least a byte")
      }
      total += bytes.count
      guard total <= Self.maximumFileBytes else {
        throw ChannelError(.tooLarge, "the files have more than \(Self.maximumFileBytes) bytes")
      }
      let type = Bounded.mediaType(file["type"]?.string)
      attachments.append(
        InboundAttachment(
          kind: AttachmentKind(mediaType: type ?? ""), source: .part(number), mediaType: type,
          name: Bounded.name(file["name"]?.string), bytes: bytes.count))
    }
    return attachments
  }

  private static func providerID(of id: MessageID, with visitor: String) -> String { "\(visitor)/\(id)" }

  /// Each is known by the id that `send` gives it, if it went to this visitor; else by one that nothing has.
  private func receipts(_ value: JSONValue, of sender: String) throws(ChannelError) -> [InboundItem] {
    guard let ids = value.array, (1...Self.maximumReceipts).contains(ids.count) else {
      throw ChannelError(.wrongShape, "read is no array of 1 to \(Self.maximumReceipts) elements")
    }
    let origin = InboundOrigin(address: sender, name: nil, time: nil)
    var items: [InboundItem] = []
    for id in ids {
      items.append(
        .status(
          InboundStatus(
            providerID: Self.providerID(of: try self.id(id), with: sender), origin: origin, status: .read,
            code: nil)))
    }
    return items
  }

  private func payload(_ value: JSONValue?) throws(ChannelError) -> String? {
    guard let value, !value.isNull else { return nil }
    guard let payload = value.string, payload.utf8.count <= 4_000, !payload.utf8.contains(0) else {
      throw ChannelError(.invalidText, "payload is no text of at most 4000 bytes")
    }
    return Bounded.text(payload)
  }

  private func id(_ value: JSONValue?) throws(ChannelError) -> MessageID {
    guard let value else { throw ChannelError(.invalidID, "id is missing") }
    guard let text = value.string else {
      throw ChannelError(.invalidID, "id is \(value.kind.rawValue), not a string")
    }
    guard text.utf8.count == 36, let id = MessageID(text) else {
      throw ChannelError(.invalidID, "id is not a uuid")
    }
    return id
  }

  private func text(_ value: JSONValue?, isNeeded: Bool) throws(ChannelError) -> String? {
    guard let value else { throw ChannelError(.emptyText, "text is missing") }
    guard let text = value.string else {
      throw ChannelError(.wrongShape, "text is \(value.kind.rawValue), not a string")
    }
    let count = text.unicodeScalars.count
    guard count <= Self.maximumCharacters else {
      throw ChannelError(.textTooLong, "text has \(count) characters, at most \(Self.maximumCharacters)")
    }
    if !isNeeded, text.allSatisfy(\.isWhitespace) { return nil }
    guard !text.allSatisfy(\.isWhitespace) else { throw ChannelError(.emptyText, "text is empty") }
    guard !text.utf8.contains(0) else { throw ChannelError(.invalidText, "text holds the character u+0000") }
    return text
  }
}
