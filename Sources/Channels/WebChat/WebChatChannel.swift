import Contracts
import HTTPClient
import JSON

/// The chat on a company's own pages, over the engine's own endpoint.
///
/// A body is `{"id": "<UUID made by the page>", "text": "…"}`; other members are passed over. The visitor's
/// id comes from the endpoint, never from the body.
package struct WebChatChannel: ChannelAdapter {
  package static let maximumBytes = 64 << 10
  /// In code points.
  package static let maximumCharacters = 4_000

  package let channel = Channel.webchat

  package init() {}

  /// The provider id is the visitor's id, `/` and the body's id: a page chooses ids freely, and must not be
  /// able to take another visitor's.
  package func parse(_ body: [UInt8], sender: String?) throws(ChannelError) -> [InboundItem] {
    guard let sender = Bounded.identifier(sender) else {
      throw ChannelError(.missingSender, "a body without a visitor")
    }
    let body = try JSONValue(body: body, maximumBytes: Self.maximumBytes)
    guard body.kind == .object else {
      throw ChannelError(.wrongShape, "body is \(body.kind.rawValue), not an object")
    }
    let id = try id(body["id"])
    let message = InboundMessage(
      providerID: "\(sender)/\(id)",
      origin: InboundOrigin(address: sender, name: nil, time: nil),
      content: InboundContent(.text, text: try text(body["text"]))
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
    .accepted(providerID: message.id.description)
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

  private func text(_ value: JSONValue?) throws(ChannelError) -> String {
    guard let value else { throw ChannelError(.emptyText, "text is missing") }
    guard let text = value.string else {
      throw ChannelError(.wrongShape, "text is \(value.kind.rawValue), not a string")
    }
    let count = text.unicodeScalars.count
    guard count <= Self.maximumCharacters else {
      throw ChannelError(.textTooLong, "text has \(count) characters, at most \(Self.maximumCharacters)")
    }
    guard !text.allSatisfy(\.isWhitespace) else { throw ChannelError(.emptyText, "text is empty") }
    guard !text.utf8.contains(0) else { throw ChannelError(.invalidText, "text holds the character u+0000") }
    return text
  }
}
