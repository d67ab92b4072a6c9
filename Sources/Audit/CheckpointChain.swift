import Contracts
import EventLog
import FoundationEssentials

/// The checkpoints of one place, the database or a folder, held against the key and against each other. Pure.
struct CheckpointChain {
  /// Those that are signed and in their place, by number.
  private(set) var sound: [Int64: Checkpoint] = [:]
  private(set) var differences: [Difference] = []
  private let bodies: [Int64: String]
  private let place: String

  /// - Parameters:
  ///   - entries: by the number under which each was found.
  ///   - place: what to call the place in what is found.
  init(_ entries: [(number: Int64, checkpoint: SignedCheckpoint)], key: SigningKey.Public, in place: String) {
    self.place = place
    bodies = Dictionary(entries.map { ($0.number, $0.checkpoint.body) }) { first, _ in first }
    var before: (number: Int64, hash: MerkleHash, heads: [Checkpoint.Head])?
    for (number, signed) in entries.sorted(by: { $0.number < $1.number }) {
      let expected = (before?.number ?? 0) + 1
      if number > expected {
        note(
          expected == number - 1
            ? "checkpoint \(expected) is" : "checkpoints \(expected) to \(number - 1) are", "missing")
      }
      defer { before = (number, signed.hash, (try? signed.opened())?.trees ?? []) }
      guard signed.isSigned(by: key) else {
        note("checkpoint \(number)", "was not signed with the signing key")
        continue
      }
      guard let checkpoint = try? signed.opened() else {
        note("checkpoint \(number)", "is signed, but is no checkpoint")
        continue
      }
      guard checkpoint.number == number else {
        note("in the place of checkpoint \(number)", "stands checkpoint \(checkpoint.number)")
        continue
      }
      if number == expected, checkpoint.previous != before?.hash {
        note("checkpoint \(number)", "does not follow the one that stands before it")
        continue
      }
      for head in checkpoint.trees {
        let earlier = before?.heads.first { $0.topicPartition == head.topicPartition }
        if head.size < earlier?.size ?? 0 {
          note("checkpoint \(number)", "covers less of \(head.topicPartition) than the one before it")
        }
      }
      sound[number] = checkpoint
    }
  }

  /// What this copy has and `other` has not, or has otherwise.
  func missing(from other: CheckpointChain) -> [Difference] {
    bodies.sorted { $0.key < $1.key }.compactMap { number, body in
      guard let twin = other.bodies[number] else {
        return Difference(.checkpoint, "checkpoint \(number) of \(place) is not in \(other.place)")
      }
      guard twin == body else {
        return Difference(.checkpoint, "checkpoint \(number) is not the same in \(place) and \(other.place)")
      }
      return nil
    }
  }

  private mutating func note(_ subject: String, _ problem: String) {
    differences.append(Difference(.checkpoint, "\(subject) \(problem) (\(place))"))
  }
}
