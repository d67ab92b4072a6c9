import CPostgres
import Foundation

/// One connection to Postgres. It blocks, so it is only ever used on a thread of its own: the pool's, or a
/// listener's. Statements are prepared once each and run with binary parameters and results.
package final class PostgresConnection {
  let handle: OpaquePointer
  /// The names of the statements that Postgres has prepared, by their SQL.
  var prepared: [String: String] = [:]
  private var scratch = BinaryBuffer()
  /// Statements that go with the next one; see `executeLater`.
  private var later: [PostgresStatement] = []
  /// How many of them, the first, end a part of a transaction that is over.
  private var owed = 0
  /// Of the transactions that are run on it.
  package var scope = TransactionScope.whole
  /// Asked before each round trip of a simulation, with its statements; what it throws is what the round trip comes to.
  package var beforeRoundTrip: ((_ statements: [String]) throws(PostgresError) -> Void)?

  /// - Parameters:
  ///   - url: a libpq connection string, `postgresql://…`.
  ///   - prefersIndexes: as the engine's own connections have it: the server ends a transaction in which nothing is
  ///     asked for 10 s, and no plan scans a whole table where an index will do. For statements that are kept: a
  ///     plan made while a table was nearly empty would read all of it later.
  package init(
    url: String, applicationName: String = "aigentable", prefersIndexes: Bool = false
  ) throws(PostgresError) {
    let settings = [
      ("dbname", url), ("application_name", applicationName), ("client_encoding", "UTF8"),
      ("connect_timeout", "5"), ("tcp_user_timeout", "10000"), ("keepalives_idle", "10"),
      ("keepalives_interval", "3"), ("keepalives_count", "3"),
    ]
    let opened = withCStrings(settings.map(\.0)) { names in
      withCStrings(settings.map(\.1)) { values in PQconnectdbParams(names, values, 1) }
    }
    guard let opened else { throw PostgresError(.unavailable, "out of memory") }
    guard PQstatus(opened) == CONNECTION_OK else {
      let message = String(cString: PQerrorMessage(opened)).trimmed
      PQfinish(opened)
      throw PostgresError(.unavailable, message)
    }
    handle = opened
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
    if prefersIndexes {
      try executeScript(
        "set enable_seqscan = off; set enable_bitmapscan = off; set jit = off; "
          + "set plan_cache_mode = force_generic_plan; \(Self.endsWithItsClient)")
    }
  }

  /// A client that vanishes or stands still within a transaction holds its locks, those of the log's partitions among
  /// them, until the server ends it: by itself that takes two hours.
  package static let endsWithItsClient =
    "set idle_in_transaction_session_timeout = '10s'; set tcp_keepalives_idle = 10; "
    + "set tcp_keepalives_interval = 3; set tcp_keepalives_count = 3; set tcp_user_timeout = 10000"

  deinit { PQfinish(handle) }

  package var isHealthy: Bool { PQstatus(handle) == CONNECTION_OK }
  /// Nothing was asked, and yet there is something to read: the server has ended the session, or could not be reached.
  var hasEnded: Bool {
    var socket = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
    return poll(&socket, 1, 0) != 0
  }
  var isIdle: Bool { PQtransactionStatus(handle) == PQTRANS_IDLE }
  /// A statement failed in a transaction, and nothing but its end is taken.
  package var isAborted: Bool { PQtransactionStatus(handle) == PQTRANS_INERROR }
  var isInTransaction: Bool {
    let status = PQtransactionStatus(handle)
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
  }

  /// Runs one statement; it is prepared at its first use on this connection.
  @discardableResult
  package func execute(
    _ sql: String, _ parameters: [PostgresParameter] = []
  ) throws(PostgresError) -> PostgresRows {
    if !later.isEmpty, let rows = try executeAll([PostgresStatement(sql, parameters)]).last { return rows }
    try beforeRoundTrip?([sql])
    let name = try prepare(sql, parameters)
    let result = withBound(parameters) { count, values, lengths, formats in
      PQexecPrepared(handle, name, count, values, lengths, formats, 1)
    }
    return try check(result)
  }

  /// As `execute`, of a statement that may have many rows. They come in packets of 8 KB, and to be woken for each costs
  /// more than to read it: once there are many, they are looked for every half millisecond.
  package func executeInBulk(
    _ sql: String, _ parameters: [PostgresParameter]
  ) throws(PostgresError) -> PostgresRows {
    guard later.isEmpty else { return try execute(sql, parameters) }
    try beforeRoundTrip?([sql])
    let name = try prepare(sql, parameters)
    let isSent = withBound(parameters) { count, values, lengths, formats in
      PQsendQueryPrepared(handle, name, count, values, lengths, formats, 1)
    }
    guard isSent == 1 else { throw error(of: nil) }
    var socket = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
    var packets = 0
    while PQisBusy(handle) == 1 {
      if packets >= 8, poll(&socket, 1, 0) == 0 { usleep(500) }
      // What TLS has unpacked already is not to be seen at the socket.
      if poll(&socket, 1, 10) > 0 { packets += 1 }
      guard PQconsumeInput(handle) == 1 else { break }
    }
    return try check(nextResult())
  }

  /// Runs a statement whose rows nobody needs together with the next one, in one round trip: there it fails, too.
  package func executeLater(_ sql: String, _ parameters: [PostgresParameter] = []) {
    later.append(PostgresStatement(sql, parameters))
  }

  /// Runs what was put off.
  func executeNow() throws(PostgresError) { _ = try executeAll([]) }

  /// Runs what was put off, and these, in one round trip; returns the rows of these.
  func executeAll(_ statements: [PostgresStatement]) throws(PostgresError) -> [PostgresRows] {
    let asked = later.dropFirst(owed) + statements
    dropLater()
    if !asked.isEmpty { try beforeRoundTrip?(asked.map(\.sql)) }
    // Others may have had their turns meanwhile.
    let all = later + asked
    (later, owed) = ([], 0)
    guard !all.isEmpty else { return [] }
    return Array(try runBatch(all).suffix(statements.count))
  }

  /// Forgets what was put off and never sent.
  func dropLater() { later.removeSubrange(owed...) }

  /// The end of a transaction. That of a part goes with whatever is asked next: who shares the connection cannot tell.
  func commit() throws(PostgresError) {
    guard scope == .part else {
      try execute(scope.commit)
      return
    }
    try beforeRoundTrip?([scope.commit])
    later.append(PostgresStatement(scope.commit))
    owed += 1
  }

  /// The parameters in binary form, as libpq takes them: how many, values, lengths, formats.
  func withBound<R>(
    _ parameters: [PostgresParameter],
    _ body: (Int32, [UnsafePointer<CChar>?], [Int32], [Int32]) -> R
  ) -> R {
    scratch.removeAll()
    var spans: [(start: Int, length: Int)?] = []
    spans.reserveCapacity(parameters.count)
    for parameter in parameters {
      let start = scratch.bytes.count
      spans.append(parameter.write(to: &scratch) ? (start, scratch.bytes.count - start) : nil)
    }
    return scratch.bytes.withUnsafeBytes { bytes in
      // An empty buffer has no base address; libpq takes a null pointer for NULL, so point at something.
      withUnsafeBytes(of: UInt8(0)) { empty in
        let base = (bytes.baseAddress ?? empty.baseAddress!).assumingMemoryBound(to: CChar.self)
        let values = spans.map { $0.map { base + $0.start } }
        let lengths = spans.map { Int32($0?.length ?? 0) }
        return body(Int32(spans.count), values, lengths, [Int32](repeating: 1, count: spans.count))
      }
    }
  }

  /// Runs several statements without parameters, as a file of them holds.
  package func executeScript(_ sql: String) throws(PostgresError) {
    try executeNow()
    try beforeRoundTrip?([sql])
    _ = try check(PQexec(handle, sql))
  }

  /// `COPY … FROM STDIN (FORMAT binary)`: `rows` are the tuples without header and trailer.
  /// Returns the number of rows copied.
  @discardableResult
  package func copyIn(_ statement: String, rows: BinaryBuffer) throws(PostgresError) -> Int {
    try executeNow()
    try beforeRoundTrip?([statement])
    let begun = PQexec(handle, statement)
    defer { PQclear(begun) }
    guard PQresultStatus(begun) == PGRES_COPY_IN else { throw error(of: begun) }
    let header: [UInt8] = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    try put(header)
    try put(rows.bytes)
    try put([0xFF, 0xFF])
    guard PQputCopyEnd(handle, nil) == 1 else { throw error(of: nil) }
    let result = try check(PQgetResult(handle))
    while let extra = PQgetResult(handle) { PQclear(extra) }
    return result.affected
  }

  private func put(_ bytes: [UInt8]) throws(PostgresError) {
    var start = 0
    while start < bytes.count {
      let length = min(bytes.count - start, 1 << 30)
      let sent = bytes.withUnsafeBytes { all in
        PQputCopyData(
          handle, all.baseAddress!.assumingMemoryBound(to: CChar.self) + start, Int32(length))
      }
      guard sent == 1 else { throw error(of: nil) }
      start += length
    }
  }

  private func prepare(
    _ sql: String, _ parameters: [PostgresParameter]
  ) throws(PostgresError) -> String {
    if let name = prepared[sql] { return name }
    let name = "s\(prepared.count)"
    let oids = parameters.map { $0.oid }
    _ = try check(PQprepare(handle, name, sql, Int32(oids.count), oids))
    prepared[sql] = name
    return name
  }

  func check(_ result: OpaquePointer?) throws(PostgresError) -> PostgresRows {
    guard let result else { throw error(of: nil) }
    switch PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return PostgresRows(owning: result)
    default:
      defer { PQclear(result) }
      throw error(of: result)
    }
  }

  func error(of result: OpaquePointer?) -> PostgresError {
    let state = result.flatMap { PQresultErrorField($0, Int32(UInt8(ascii: "C"))) }
      .map { String(cString: $0) }
    guard let state, PQstatus(handle) == CONNECTION_OK else {
      return PostgresError(.unavailable, String(cString: PQerrorMessage(handle)).trimmed)
    }
    let message = result.flatMap { PQresultErrorField($0, Int32(UInt8(ascii: "M"))) }
      .map { String(cString: $0) }
    return PostgresError(.refused(sqlState: state), message ?? "no message")
  }
}

extension String {
  fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}

/// A null-terminated array of C strings, as libpq's parameter lists are.
private func withCStrings<R>(
  _ strings: [String], _ body: ([UnsafePointer<CChar>?]) -> R
) -> R {
  func step(_ index: Int, _ pointers: [UnsafePointer<CChar>?]) -> R {
    guard index < strings.count else { return body(pointers + [nil]) }
    return strings[index].withCString { step(index + 1, pointers + [$0]) }
  }
  return step(0, [])
}
