import Contracts

/// A message for a contact. `text` is Markdown (CommonMark), which a channel turns into what its platform
/// shows.
package struct OutboundMessage: Sendable, Equatable {
  package let id: MessageID
  package let address: String
  package let text: String

  package init(id: MessageID, address: String, text: String) {
    self.id = id
    self.address = address
    self.text = text
  }
}
