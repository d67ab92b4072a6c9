import Contracts
import EventLog
import Foundation
import HTTPClient
import JSON
import Keyring
import Logging
import Postgres
import PostgresLog

/// What log and channel hold once a run is over and nothing moves any more, for its history.
///
/// A message has its place among the messages of its partition, as customers' appends are messages alone. A reply is an
/// append as well: its key is that of the replies to its contact, its number that of the last question that it answers.
/// It is acknowledged where the log says that it was delivered, refused where it failed, and of one that is uncertain
/// nobody knows. What the channel took, in its order, is a partition behind those of the log.
struct EngineReading: Sendable {
  /// A message of a customer, or the reply whose last question it is.
  struct Line: Hashable, Sendable {
    let contact: String
    let number: Int

    var message: UUID { UUID.version5(of: "\(contact)-\(number)", in: Self.lines) }
    var reply: UUID { UUID.version5(of: "reply \(contact)-\(number)", in: Self.lines) }
    var replies: String { "replies to \(contact)" }

    private static let lines = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
  }

  /// A reply, and whether it was delivered: `info` where nobody knows.
  struct Reply: Sendable {
    let line: Line
    let outcome: Operation.Kind
  }

  let url: String
  let keyring: Keyring
  /// The stand-in's address.
  let standIn: String
  let client: HTTPClient

  private typealias Place = (partition: Int32, offset: Int64, id: UUID)

  /// Notes it all; throws where the log cannot be read to its end within a minute.
  func note(in history: History) async throws {
    let pool = PostgresPool(url: url, connections: 2, name: "aigentable-bench-reading")
    defer { pool.shutdown() }
    guard let layout = try await pool.withConnection({ try PostgresLog.recordedLayout(on: $0) }) else {
      throw BenchError("the log has no topics")
    }
    let records = try await read(pool, layout)
    let received = try await messages(records, pool)
    for reply in try replies(records, received) {
      let (id, key, number) = (reply.line.reply, reply.line.replies, reply.line.number)
      history.append("deliver", .invoke, id, key, number)
      history.append("deliver", reply.outcome, id, key, number)
    }
    let partitions = layout.partitions(.conversations).map { $0.partition.rawValue }
    history.assign("reader", partitions.map { (partition: $0, offset: 0) })
    history.poll("reader")
    history.polled("reader", places(records, received))
    let channel = Int32(partitions.count)
    let taken = try await sends().enumerated().map { index, line in
      History.Stored(
        partition: channel, offset: Int64(index), id: line.reply, writer: line.replies, number: line.number)
    }
    history.assign("channel", CollectionOfOne((partition: channel, offset: Int64(0))))
    history.poll("channel")
    history.polled("channel", taken.map { ($0.partition, $0.offset, $0.id) })
    history.read(try await held(received, pool) + taken)
  }

  // MARK: The log

  /// As every reader of the log is given it.
  private func read(_ pool: PostgresPool, _ layout: LogLayout) async throws -> [Record] {
    let log = PostgresLog(pool: pool, layout: layout, logger: Logger(label: "bench-reading"))
    let result: Result<[Record], any Error>
    do {
      result = .success(
        try await withThrowingTaskGroup(of: [Record].self) { group in
          group.addTask { try await read(log) }
          group.addTask {
            try await Task.sleep(for: .seconds(60))
            throw BenchError("the log could not be read to its end within 60 s")
          }
          defer { group.cancelAll() }
          return try await group.next() ?? []
        })
    } catch { result = .failure(error) }
    await log.close()
    return try result.get()
  }

  private func read(_ log: PostgresLog) async throws -> [Record] {
    let partitions = log.layout.partitions(.conversations)
    var left = Dictionary(uniqueKeysWithValues: zip(partitions, try await log.ends(of: .conversations)))
      .filter { $0.value > .zero }
    let reader = try await log.reader(from: partitions.map { Cursor($0) }, types: nil)
    var records: [Record] = []
    do {
      while !left.isEmpty {
        let batch = try await reader.next(limit: 1_000)
        records += batch.records
        for cursor in batch.cursors {
          if let end = left[cursor.partition], cursor.offset >= end { left[cursor.partition] = nil }
        }
      }
    } catch {
      await reader.close()
      throw error
    }
    await reader.close()
    return records
  }

  /// Whose messages they are, by what they hold: the provider's id names contact and number.
  private func messages(_ records: [Record], _ pool: PostgresPool) async throws -> [EventID: Line] {
    let values = try records.map(\.event).filter { $0.type == MessageReceived.type }
      .map { ($0.id, try MessageReceived.read($0)) }
    let ids = Set(try values.compactMap { try $0.1.keyID })
    let keys = try await pool.withConnection { [keyring] in try keyring.keys(ids, on: $0) }
    return try values.reduce(into: [:]) { lines, value in
      let key = try value.1.keyID.flatMap { keys[$0] }
      let parts = try key.flatMap { try value.1.opened(with: $0) }?.providerID.dropFirst("wamid.".count)
        .split(separator: "-")
      guard let parts, parts.count == 2, let number = Int(parts[1]) else { return }
      lines[value.0] = Line(contact: String(parts[0]), number: number)
    }
  }

  /// The places of messages; one that no customer wrote has its own id, which nobody appended.
  private func places(_ records: [Record], _ received: [EventID: Line]) -> [Place] {
    var next: [Int32: Int64] = [:]
    return records.filter { $0.event.type == MessageReceived.type }.map { record in
      let partition = record.position.partition.rawValue
      defer { next[partition, default: 0] += 1 }
      return (
        partition, next[partition, default: 0], received[record.event.id]?.message ?? record.event.id.uuid
      )
    }
  }

  /// The same as the table has it.
  private func held(_ received: [EventID: Line], _ pool: PostgresPool) async throws -> [History.Stored] {
    try await pool.withConnection { connection in
      try connection.execute(
        """
        select partition, row_number() over (partition by partition order by "offset") - 1, id from log.record
        where topic = $1 and type = $2 order by partition, "offset"
        """, [.int2(Topic.conversations.number), .text(MessageReceived.type.rawValue)]
      ).map { row in
        let id = row.uuid(2)
        let line = received[EventID(id)]
        return History.Stored(
          partition: row.int4(0), offset: row.int8(1), id: line?.message ?? id, writer: line?.contact ?? "",
          number: line?.number ?? 0)
      }
    }
  }

  /// What was decided to be sent, and what came of it. One that answers nothing that was received is left out: to send it
  /// is to send what nobody asked for.
  private func replies(_ records: [Record], _ received: [EventID: Line]) throws -> [Reply] {
    var questions: [MessageID: Line] = [:]
    var outcomes: [MessageID: Operation.Kind] = [:]
    for event in records.map(\.event) {
      switch event.type {
      case MessageReceived.type: questions[try MessageReceived.read(event).facts.message] = received[event.id]
      case DeliverySucceeded.type: outcomes[try DeliverySucceeded.read(event).facts.message] = .ok
      case DeliveryFailed.type: outcomes[try DeliveryFailed.read(event).facts.message] = .fail
      default: break
      }
    }
    return try records.map(\.event).filter { $0.type == ReplyGenerated.type }.compactMap { event in
      let facts = try ReplyGenerated.read(event).facts
      let last = facts.answers.compactMap { questions[$0] }.max { $0.number < $1.number }
      return last.map { Reply(line: $0, outcome: outcomes[facts.message] ?? .info) }
    }
  }

  // MARK: The channel

  private struct Page: Decodable {
    struct Sent: Decodable {
      let to: String
      let text: String
    }
    let items: [Sent]
  }

  /// What it took, oldest first. The text ends with the number of the question that it answers.
  private func sends() async throws -> [Line] {
    let response = try await client.send(
      HTTPRequest(url: "\(standIn)/sent?limit=100000", maximumResponseBytes: 64 << 20))
    return try JSON.decode(Page.self, from: response.body).items.map { sent in
      Line(contact: sent.to, number: sent.text.split(separator: " ").last.flatMap { Int($0) } ?? 0)
    }
  }
}
