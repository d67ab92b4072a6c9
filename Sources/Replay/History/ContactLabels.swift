import Contracts
import EventLog
import JSON

/// What contacts were called at any time, from the topic `tenants`; of those whose key is gone, nothing is known.
struct ContactLabels {
  private var said: [ContactID: [(next: Offset, labels: [String])]] = [:]

  static func read(_ log: any ReadableLog, _ history: ConversationHistory) async throws -> ContactLabels {
    var found = ContactLabels()
    let place = TopicPartition(.tenants, Partition(0))
    var scan = try await PartitionScan(
      log, from: Cursor(place), to: try await log.ends(of: .tenants)[0], types: [ContactLabelled.type])
    while let records = try await scan.next() {
      let opened = try await history.open(records)
      for record in records {
        let contact = try ContactLabelled.read(record.event).facts.contact
        let labels = LabelBounds.kept(
          of: opened[record.event.id]?["labels"]?.array?.compactMap(\.string) ?? [])
        found.said[contact, default: []].append((record.position.offset.advanced(by: 1), labels))
      }
    }
    return found
  }

  /// - Parameter offset: the next one of `tenants` that was folded then.
  func labels(of contact: ContactID, knowing offset: Offset) -> [String] {
    said[contact]?.last { $0.next <= offset }?.labels ?? []
  }
}
