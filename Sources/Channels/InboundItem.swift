import Contracts
import FoundationEssentials

/// One thing that a provider reported.
package enum InboundItem: Sendable, Equatable {
  case message(InboundMessage)
  case status(InboundStatus)
  /// Belongs to no conversation: a notice about the account, or an entry that cannot be attributed. `kind`
  /// is a word of at most 64 bytes of `a-z`, `0-9`, `_`, `.` and `-`, for counting.
  case other(kind: String)
}

package struct InboundMessage: Sendable, Equatable {
  /// The provider's id: the same message has the same one, however often it is reported.
  package let providerID: String
  /// Where an answer goes: the writer's address at the provider.
  package let address: String
  /// What the writer calls themself.
  package let name: String?
  package let time: Date?
  package let kind: MessageKind
  /// What was written; for `unsupported` a caption, if any. Holds no U+0000.
  package let text: String?
  /// The provider's JSON of an `unsupported` message.
  package let raw: String?
  /// The account that it was sent to, where the body says so. Providers report all accounts of a business to
  /// one address: whoever reads an item compares this with its connection's.
  package let account: String?

  package init(
    providerID: String,
    address: String,
    name: String?,
    time: Date?,
    kind: MessageKind,
    text: String?,
    raw: String?,
    account: String? = nil
  ) {
    self.providerID = providerID
    self.address = address
    self.name = name
    self.time = time
    self.kind = kind
    self.text = text
    self.raw = raw
    self.account = account
  }
}

package struct InboundStatus: Sendable, Equatable {
  /// The id that the provider gave when it took the message.
  package let providerID: String
  package let address: String
  package let status: DeliveryStatus
  package let time: Date?
  /// The provider's error code, when `status` is `failed` and it gave one.
  package let code: Int?
  /// The account that the message was sent from, where the body says so.
  package let account: String?

  package init(
    providerID: String,
    address: String,
    status: DeliveryStatus,
    time: Date?,
    code: Int?,
    account: String? = nil
  ) {
    self.providerID = providerID
    self.address = address
    self.status = status
    self.time = time
    self.code = code
    self.account = account
  }
}
