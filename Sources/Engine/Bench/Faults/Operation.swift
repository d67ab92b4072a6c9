import Foundation

/// One line of a history: something that a process began, or what came of it.
///
/// As in Jepsen's histories: whatever is asked of a log is an `invoke`, followed by the `ok`, `fail` or `info` of the same
/// process. A file holds one operation a line, as JSON, in the order in which they were noted.
struct Operation: Codable, Sendable, Equatable {
  enum Kind: String, Codable, Sendable {
    case invoke
    /// It is done.
    case ok
    /// It was not done, and will not be.
    case fail
    /// Nobody knows whether it was or will be done.
    case info
  }

  enum Work: String, Codable, Sendable {
    /// An event is appended, under one number of its own, `value`, however often that is tried.
    case append
    /// A reader begins at these offsets.
    case assign
    /// What a reader was given.
    case poll
    /// What the log holds once all is over, from its beginning on.
    case read
    /// How far whoever names itself has come, in its own words: it never goes back.
    case commit
    /// Something is done to processes, network or servers; `ok` when that is over.
    case fault
  }

  /// Records of one partition whose offsets follow each other, or the offset alone.
  struct Run: Codable, Sendable, Equatable {
    let partition: Int32
    let offset: Int64
    /// The events at this offset and behind it.
    var values: [Int]?
  }

  /// In microseconds since the history began.
  var time: Int64 = 0
  let process: String
  let type: Kind
  let f: Work
  /// Of an append: what is appended, the key that it goes to, and its place among the appends to that key.
  var value: Int?
  var key: String?
  var number: Int?
  /// Of an append that was told where the event stands, of reading and of committing.
  var runs: [Run]?
  var fault: String?
  /// Why it is not known to be done.
  var error: String?
}

extension [Operation.Run] {
  /// - Parameter records: in the order in which they were given.
  init(_ records: some Sequence<(partition: Int32, offset: Int64, value: Int)>) {
    self = []
    for (partition, offset, value) in records {
      if let last, last.partition == partition, last.offset + Int64(last.values?.count ?? 0) == offset {
        self[count - 1].values?.append(value)
      } else {
        append(Operation.Run(partition: partition, offset: offset, values: [value]))
      }
    }
  }
}
