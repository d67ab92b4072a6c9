import Contracts
import Crypto
import EventLog
import FoundationEssentials
import JSON
import Keyring

/// What a checkpoint says: the head of every partition's tree at one time, and which checkpoint came before.
package struct Checkpoint: Codable, Equatable, Sendable {
  /// The head of one partition's tree; the root of an empty one is the hash of nothing.
  package struct Head: Codable, Equatable, Sendable {
    package let topic: Topic
    package let partition: Int32
    package let size: Int64
    package let root: MerkleHash

    package init(topic: Topic, partition: Int32, size: Int64, root: MerkleHash) {
      self.topic = topic
      self.partition = partition
      self.size = size
      self.root = root
    }

    init(_ place: TopicPartition, size: Int64, root: MerkleHash) {
      self.init(topic: place.topic, partition: place.partition.rawValue, size: size, root: root)
    }

    package var topicPartition: TopicPartition { TopicPartition(topic, Partition(partition)) }
  }

  static let format = "aigentable-checkpoint-1"
  /// Names the format, and keeps signatures of checkpoints apart from any others of the key.
  package let format: String
  /// From 1, without gaps.
  package let number: Int64
  package let time: Date
  /// The hash of the checkpoint before; nil in the first one.
  package let previous: MerkleHash?
  package let trees: [Head]

  package init(number: Int64, time: Date, previous: MerkleHash?, trees: [Head]) {
    format = Self.format
    self.number = number
    self.time = time
    self.previous = previous
    self.trees = trees
  }
}

/// A checkpoint as it is stored, and as its file holds it: `{"body": "<JSON text>", "signature": "<hexadecimal>"}`.
/// What is signed are the UTF-8 bytes of the text, so that nobody has to agree on a canonical form.
package struct SignedCheckpoint: Codable, Equatable, Sendable {
  package let body: String
  package let signature: String

  package init(body: String, signature: String) {
    self.body = body
    self.signature = signature
  }

  init(_ checkpoint: Checkpoint, key: Curve25519.Signing.PrivateKey) throws {
    let bytes = try JSON.encode(checkpoint)
    body = String(decoding: bytes, as: UTF8.self)
    signature = hexadecimal(try key.signature(for: bytes))
  }

  /// SHA-256 of the body: the name by which the next checkpoint calls this one.
  package var hash: MerkleHash { MerkleHash(SHA256.hash(data: Array(body.utf8))) }

  package func isSigned(by key: Curve25519.Signing.PublicKey) -> Bool {
    guard let signature = [UInt8](hexadecimal: signature) else { return false }
    return key.isValidSignature(signature, for: Array(body.utf8))
  }

  /// What it says, whoever signed it.
  package func opened() throws -> Checkpoint {
    let checkpoint = try JSON.decode(Checkpoint.self, from: Array(body.utf8))
    guard checkpoint.format == Checkpoint.format else {
      throw AuditError(.inconsistent, "'\(checkpoint.format)' is no format of a checkpoint")
    }
    return checkpoint
  }
}
