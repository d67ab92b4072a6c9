import Contracts
import EventLog

/// One way in which the log, the audit tables and the checkpoints do not agree.
package struct Difference: Codable, Equatable, Sendable, CustomStringConvertible {
  package enum Kind: String, Codable, Sendable {
    /// The event is there, and not as it was.
    case changed
    case removed, inserted
    /// It stands elsewhere among the events of its partition.
    case reordered
    /// The end of what was covered is missing.
    case truncated
    /// The log does not give the root that was signed, and the tables beside it were changed alike, so that the
    /// event cannot be named: it is among those that the detail gives.
    case root
    /// A file of the archive is missing or not what was archived. Events of it that can be read and are not what they
    /// were are named apart; of those that cannot be read this names the first, and its detail the others.
    case archive
    /// The log may be sound; the leaves that are stored beside it are not.
    case tables
    /// A checkpoint is forged, missing, out of place, or not the same in both places.
    case checkpoint
  }

  package let kind: Kind
  package var topic: Topic?
  package var partition: Int32?
  package var offset: Int64?
  package var event: EventID?
  package let detail: String

  init(_ kind: Kind, in place: TopicPartition? = nil, at leaf: Leaf? = nil, _ detail: String) {
    self.kind = kind
    topic = place?.topic
    partition = place?.partition.rawValue
    offset = leaf?.offset.rawValue
    event = leaf?.event
    self.detail = detail
  }

  /// The same, where the log turned out to be sound.
  func blamingTables() -> Difference {
    var copy = Difference(
      .tables, "the log gives the signed root, but the tables disagree: \(kind.rawValue), \(detail)")
    (copy.topic, copy.partition, copy.offset, copy.event) = (topic, partition, offset, event)
    return copy
  }

  package var description: String {
    var words = [kind.rawValue]
    if let topic, let partition {
      words.append("\(topic.rawValue)/\(partition)" + (offset.map { "@\($0)" } ?? ""))
    }
    if let event { words.append("event \(event)") }
    return words.joined(separator: "  ") + ": " + detail
  }
}
