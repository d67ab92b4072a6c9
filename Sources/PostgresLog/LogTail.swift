import Contracts
import EventLog
import Synchronization

/// The newest records of each partition, shared by all readers of this process: what many read is fetched and
/// decoded once, and what this process itself appended is not fetched at all.
///
/// What is held of a partition is a run of offsets without gaps. It grows in two ways: by commits of this process
/// that join its end, and by a fill, which reads on from the end in Postgres. A commit that does not join it
/// (another process came between, or its news was faster) only says that there is more; so does a notification
/// of another process. Postgres alone decides what comes next.
///
/// At most `maximumBytes` are held; the oldest records of the longest run go first. A reader that stands before
/// what is held reads from Postgres by itself until it has come so far.
final class LogTail: Sendable {
  /// What a reader is to do.
  enum Look {
    case batch(LogBatch)
    /// Read these from Postgres: what stands there is not held.
    case fetch([Cursor])
    /// Let this topic be filled, then look again.
    case fill(Topic)
    case wait
  }

  /// What a fill reads, and what was known when it began.
  struct Fill {
    let topics: Set<Topic>
    let cursors: [Cursor]
    fileprivate let news: [TopicPartition: UInt64]
    /// The most records that it takes.
    let limit = 2_000
  }

  private let maximumBytes: Int
  /// After how long a topic is filled although nothing was heard of: news may be lost.
  private let patience: Duration
  private let state = Mutex(State())

  init(maximumBytes: Int, patience: Duration) {
    self.maximumBytes = maximumBytes
    self.patience = patience
  }

  // MARK: Growing

  /// Takes in events that this process has committed, in order within each partition.
  func publish(_ records: [Record]) {
    state.withLock { state in
      for record in records where !state.add(record) {
        state.runs[record.position.topicPartition]?.hearNews()
      }
      state.trim(to: maximumBytes)
    }
  }

  /// Holds nothing any more: Postgres may have been restored to an earlier time.
  func forget() {
    state.withLock { state in
      state.runs.removeAll()
      state.bytes = 0
      state.filledAt.removeAll()
    }
  }

  /// Postgres holds more of these topics, or may.
  func hearNews(of topics: Set<Topic>) {
    state.withLock { state in
      for place in state.runs.keys where topics.contains(place.topic) { state.runs[place]?.hearNews() }
    }
  }

  /// Holds what comes from here on, where nothing is held yet. False when something was held everywhere.
  @discardableResult
  func begin(at cursors: [Cursor]) -> Bool {
    state.withLock { state in
      let new = cursors.filter { state.runs[$0.partition] == nil }
      for cursor in new { state.runs[cursor.partition] = Run(start: cursor.offset) }
      return !new.isEmpty
    }
  }

  /// nil while another fill of the topic is under way, or when there is nothing to be read. Other topics that would
  /// have to be filled soon, because nothing was heard of them, go with it, last: a round trip less for each.
  func beginFill(_ topic: Topic) -> Fill? {
    state.withLock { state in
      let isStale = state.isStale(topic, after: patience)
      let own = state.runs.filter { $0.key.topic == topic && (isStale || $0.value.isBehind) }
      guard !own.isEmpty, !state.filling.contains(topic) else { return nil }
      let soon = Set(state.runs.keys.map(\.topic)).filter {
        $0 != topic && state.isStale($0, after: patience / 2)
      }
      let others = state.runs.filter { soon.contains($0.key.topic) }
      let topics = soon.union([topic])
      state.filling.formUnion(topics)
      return Fill(
        topics: topics, cursors: (Array(own) + Array(others)).map { Cursor($0.key, $0.value.end) },
        news: own.merging(others) { own, _ in own }.mapValues(\.news))
    }
  }

  /// - Parameters:
  ///   - records: what was read from the fill's cursors on; nil when reading failed.
  ///   - archived: where what comes next has been moved to the archive. No fill gets past that, so nothing is held
  ///     there any more: readers go on by themselves.
  func endFill(_ fill: Fill, with records: [Record]?, archived: Set<TopicPartition> = []) {
    state.withLock { state in
      state.filling.subtract(fill.topics)
      guard let records else { return }
      for cursor in fill.cursors where archived.contains(cursor.partition) { state.drop(cursor) }
      for record in records { state.add(record) }
      if records.count < fill.limit {
        for (place, news) in fill.news { state.runs[place]?.isFilled(since: news) }
        for topic in fill.topics { state.filledAt[topic] = Surroundings.now }
      }
      state.trim(to: maximumBytes)
    }
  }

  /// What is held, counted anew.
  var heldBytes: Int {
    state.withLock { state in
      state.runs.values.reduce(0) { $0 + $1.records.reduce(0) { $0 + $1.heldBytes } }
    }
  }

  // MARK: Reading

  /// What stands at these cursors: at most `limit` records of the given types, in the cursors' order.
  func look(at cursors: [Cursor], limit: Int, types: Set<EventType>?) -> Look {
    state.withLock { state in
      state.overtake(cursors)
      for topic in Set(cursors.map(\.partition.topic)) where state.isStale(topic, after: patience) {
        return .fill(topic)
      }
      let far = cursors.filter { !state.holds($0) }
      // Readers turn their cursors, so that those from Postgres have their turn, too.
      if let first = far.first, first == cursors.first { return .fetch(far) }
      let batch = state.read(cursors, limit: limit, types: types)
      if !batch.cursors.isEmpty { return .batch(batch) }
      if !far.isEmpty { return .fetch(far) }
      let behind = cursors.first { state.runs[$0.partition]?.isBehind ?? false }
      return behind.map { .fill($0.partition.topic) } ?? .wait
    }
  }
}

extension LogTail {
  /// Consecutive records of one partition.
  private struct Run {
    private(set) var start: Offset
    private(set) var records: [Record] = []
    private(set) var bytes = 0
    /// How often something was heard of that does not join the end.
    private(set) var news: UInt64 = 0
    private(set) var isBehind = true

    init(start: Offset) { self.start = start }

    var end: Offset { start.advanced(by: Int64(records.count)) }

    func holds(_ offset: Offset) -> Bool { start <= offset && offset <= end }

    mutating func hearNews() {
      news += 1
      isBehind = true
    }

    mutating func isFilled(since news: UInt64) { if self.news == news { isBehind = false } }

    mutating func append(_ record: Record) {
      records.append(record)
      bytes += record.heldBytes
    }

    /// Drops the older half; all of it when there is only one record.
    mutating func dropHalf() {
      let count = (records.count + 1) / 2
      bytes -= records[..<count].reduce(0) { $0 + $1.heldBytes }
      records.removeFirst(count)
      start = start.advanced(by: Int64(count))
    }
  }

  private struct State {
    var runs: [TopicPartition: Run] = [:]
    var bytes = 0
    var filling: Set<Topic> = []
    /// When a fill last came to the end.
    var filledAt: [Topic: ContinuousClock.Instant] = [:]

    /// False when it lies beyond the end. What is held already, or of no interest, is passed over.
    @discardableResult
    mutating func add(_ record: Record) -> Bool {
      let place = record.position.topicPartition
      guard let end = runs[place]?.end, record.position.offset >= end else { return true }
      guard record.position.offset == end else { return false }
      runs[place]?.append(record)
      bytes += record.heldBytes
      return true
    }

    /// Holds nothing of a partition any more, unless that has come further than this.
    mutating func drop(_ cursor: Cursor) {
      guard let run = runs[cursor.partition], run.end == cursor.offset else { return }
      bytes -= run.bytes
      runs[cursor.partition] = nil
    }

    mutating func trim(to maximum: Int) {
      guard !Surroundings.isPlanted("tail-untrimmed") else { return }
      while bytes > maximum, let longest = runs.max(by: { $0.value.bytes < $1.value.bytes }) {
        runs[longest.key]?.dropHalf()
        bytes -= longest.value.bytes - (runs[longest.key]?.bytes ?? 0)
      }
    }

    /// Some of it is held, and no fill is under way or has come to the end for so long.
    func isStale(_ topic: Topic, after patience: Duration) -> Bool {
      guard !filling.contains(topic), runs.keys.contains(where: { $0.topic == topic }) else { return false }
      return filledAt[topic].map { Surroundings.now - $0 >= patience } ?? true
    }

    func holds(_ cursor: Cursor) -> Bool { runs[cursor.partition]?.holds(cursor.offset) ?? false }

    /// A run that lags behind a reader begins anew where the reader stands.
    mutating func overtake(_ cursors: [Cursor]) {
      for cursor in cursors {
        guard let run = runs[cursor.partition], run.end < cursor.offset else { continue }
        bytes -= run.bytes
        runs[cursor.partition] = Run(start: cursor.offset)
      }
    }

    func read(_ cursors: [Cursor], limit: Int, types: Set<EventType>?) -> LogBatch {
      var records: [Record] = []
      var moved: [Cursor] = []
      for cursor in cursors where records.count < limit {
        guard let run = runs[cursor.partition], run.holds(cursor.offset), cursor.offset < run.end else {
          continue
        }
        var index = Int(cursor.offset.rawValue - run.start.rawValue)
        while index < run.records.count, records.count < limit {
          if types?.contains(run.records[index].event.type) ?? true { records.append(run.records[index]) }
          index += 1
        }
        moved.append(Cursor(cursor.partition, run.start.advanced(by: Int64(index))))
      }
      return LogBatch(records: records, cursors: moved)
    }
  }
}

extension Record {
  /// About what it takes in memory: its value, what was made of the value, and the rest.
  fileprivate var heldBytes: Int { event.value.count * 3 + 600 }
}
