import Contracts
import EventLog
import FoundationEssentials

/// That an event was in the log when a checkpoint was made: all that a third party needs to see for itself, given
/// the public key. `ops/verify-proof.py` checks it without any of this.
package struct Proof: Codable, Equatable, Sendable {
  /// The record; its canonical bytes are described at `LeafHasher`.
  package struct Record: Codable, Equatable, Sendable {
    package let key: String
    package let headers: [String: String]
    /// Base64.
    package let value: String

    init(_ event: Contracts.Event) {
      key = event.key.rawValue
      headers = Dictionary(event.headers.map { ($0.name, $0.value) }) { first, _ in first }
      value = Data(event.value).base64EncodedString()
    }
  }

  static let format = "aigentable-proof-1"
  package let format: String
  package let event: EventID
  package let topic: Topic
  package let partition: Int32
  /// Where the event stands among the leaves of its tree, from 0.
  package let leaf: Int64
  package let record: Record
  /// The audit path (RFC 6962, section 2.1.1), from the bottom up.
  package let path: [MerkleHash]
  package let checkpoint: SignedCheckpoint
  /// The public key in PEM, to be compared with one that came another way.
  package let key: String

  init(
    _ event: Contracts.Event, in place: TopicPartition, leaf: Int64, path: [MerkleHash],
    checkpoint: SignedCheckpoint,
    key: SigningKey.Public
  ) {
    format = Self.format
    self.event = event.id
    topic = place.topic
    partition = place.partition.rawValue
    self.leaf = leaf
    record = Record(event)
    self.path = path
    self.checkpoint = checkpoint
    self.key = key.pem
  }
}
