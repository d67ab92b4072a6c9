import Contracts
import Postgres

/// The log: the only truth. Three drivers keep this contract (memory, embedded in Postgres, Kafka), and one
/// conformance suite in TestKit checks each.
///
/// - Durability: `append` returns only once the events survive a crash of any part.
/// - Idempotence: an event id is read once, however often it was appended.
/// - Order: per key, order of append is order of reading. The offsets of a partition have no gaps that a
///   reader can see, other than records dropped as repeated.
/// - Back-pressure: reading is a pull; a reader that stops slows only itself, and nothing buffers without bound.
/// - An open transaction elsewhere in the database, however old, neither holds readers back nor slows appends.
package protocol EventLog: ReadableLog {
  /// Appends and returns where each event stands. An id that is already in the log keeps its first position.
  func append(_ events: [Event]) async throws(EventLogError) -> [Position]

  /// Makes the events and the rows of `transaction` one fact: both are there once it commits, or neither.
  /// What takes locks is put off to the end of the transaction.
  func append(_ events: [Event], in transaction: Transaction) throws

  /// Shows onlookers how far `consumer` has come. Returns at once, may be lost, and nothing rests on it.
  func noteProgress(of consumer: String, at cursors: [Cursor])
}

/// The part of a log that only reads. What is handed this alone, as a replay is, cannot append.
package protocol ReadableLog: Sendable {
  /// How many partitions each topic has; fixed when the topic was made.
  var layout: LogLayout { get }

  /// The topics whose old records this log removes by itself, from the front on, without noting that it did. Of every
  /// other topic each record that was acknowledged can be read for ever, wherever it lies by now.
  var expiring: Set<Topic> { get }

  /// The next offset of each partition, in order of partition: everything below is readable now, and what was
  /// committed before the call, directly or in a transaction of any process, stands below. On Kafka that can mean
  /// to wait; `.unavailable` when it takes too long.
  func ends(of topic: Topic) async throws(EventLogError) -> [Offset]

  /// The same for several topics.
  func ends(of topics: [Topic]) async throws(EventLogError) -> [Topic: [Offset]]

  /// A query for the next offset of each partition, in order of partition, by which a transaction can ask together with
  /// other things. nil where the log lies elsewhere.
  func endsQuery(of topic: Topic) -> PostgresStatement?

  /// A reader over partitions of any topics, from the given cursors on. With `types`, records of other types
  /// are passed over without their values being fetched.
  func reader(from cursors: [Cursor], types: Set<EventType>?) async throws(EventLogError) -> any LogReader

  /// The same log for whoever has to look at it although something of what it stores is damaged: there its readers give
  /// what can still be read, as it is, and pass over the rest. Others fail there.
  func salvaging(_ onDamage: @escaping @Sendable (LogDamage) -> Void) -> any ReadableLog
}

extension ReadableLog {
  /// Most logs keep what they took.
  package var expiring: Set<Topic> { [] }

  package func salvaging(_ onDamage: @escaping @Sendable (LogDamage) -> Void) -> any ReadableLog { self }
}

/// A part of a log whose store is not as it was.
package struct LogDamage: Sendable {
  package let partition: TopicPartition
  /// What cannot be read at all; empty where the records can, whatever they say now.
  package let unreadable: Range<Offset>
  /// What is damaged, and how.
  package let what: String

  package init(_ partition: TopicPartition, unreadable: Range<Offset>, _ what: String) {
    self.partition = partition
    self.unreadable = unreadable
    self.what = what
  }
}

extension EventLog {
  package func ends(of topics: [Topic]) async throws(EventLogError) -> [Topic: [Offset]] {
    var all: [Topic: [Offset]] = [:]
    for topic in topics { all[topic] = try await ends(of: topic) }
    return all
  }

  package func endsQuery(of topic: Topic) -> PostgresStatement? { nil }

  /// Most logs have no onlookers.
  package func noteProgress(of consumer: String, at cursors: [Cursor]) {}
}

/// Reads forward; one task at a time.
package protocol LogReader: AnyObject, Sendable {
  /// Waits until something can be read and returns at most `limit` records, in order within each partition.
  /// A batch may hold no records and only moved cursors. Throws `CancellationError` when its task is cancelled.
  func next(limit: Int) async throws -> LogBatch
  /// Gives up what the reader holds. Reading afterwards is an error.
  func close() async
}

/// Where a reader stands in one partition.
package struct Cursor: Hashable, Sendable {
  package let partition: TopicPartition
  /// The next offset to read.
  package let offset: Offset
  /// The highest outbox sequence number seen, for dropping what a relay published twice; nil before the first.
  /// Only comparing it means anything.
  package let sequence: Int64?

  package init(_ partition: TopicPartition, _ offset: Offset = .zero, sequence: Int64? = nil) {
    self.partition = partition
    self.offset = offset
    self.sequence = sequence
  }
}

package struct LogBatch: Sendable {
  package let records: [Record]
  /// The new cursor of each partition that moved.
  package let cursors: [Cursor]

  package init(records: [Record], cursors: [Cursor]) {
    self.records = records
    self.cursors = cursors
  }
}

/// The number of partitions of each topic.
package struct LogLayout: Sendable, Equatable {
  private let counts: [Topic: Int]

  package init(_ counts: [Topic: Int]) { self.counts = counts }

  /// `count` partitions for the topics that may have many, one for the others.
  package init(partitions count: Int) {
    counts = Dictionary(
      uniqueKeysWithValues: Topic.allCases.map { ($0, $0.hasOnePartition ? 1 : count) })
  }

  package func count(_ topic: Topic) -> Int { counts[topic] ?? 0 }

  package func partitions(_ topic: Topic) -> [TopicPartition] {
    (0..<count(topic)).map { TopicPartition(topic, Partition(Int32($0))) }
  }

  package func partition(of event: Event) -> TopicPartition {
    TopicPartition(event.topic, event.key.partition(of: count(event.topic)))
  }
}
