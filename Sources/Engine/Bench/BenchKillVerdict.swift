import Contracts
import EventLog
import Foundation
import HTTPClient
import JSON
import Postgres

/// What must hold of every message once a run with kills is over, read from the log and from what the channel took.
struct BenchKillVerdict: Sendable {
  private(set) var problems: [String] = []
  private(set) var delivered = 0
  private(set) var failed = 0
  private(set) var uncertain = 0
  /// From message to delivery, in milliseconds: half, 95 and 99 of 100.
  private(set) var latencies: [Double] = []

  private struct Sent: Decodable {
    let to: String
    let text: String
    let biz_opaque_callback_data: String?
  }
  private struct SentPage: Decodable {
    let repeats: Int
    let items: [Sent]
  }

  /// How many messages of contacts have a reply, and how many replies have their outcome.
  struct Progress: Equatable, Sendable {
    var received = 0
    var answered = 0
    var replies = 0
    var outcomes = 0

    func isDone(_ messages: Int) -> Bool {
      received == messages && answered == messages && outcomes == replies
    }

    static func read(_ pool: PostgresPool) async throws -> Progress {
      try await pool.withConnection { connection in
        let row = try connection.execute(
          """
          with event as (
            select type, convert_from(value, 'UTF8')::jsonb -> 'facts' as facts from log.record where topic = $1
          )
          select
            count(*) filter (where type = 'message.received'),
            coalesce(sum(jsonb_array_length(facts -> 'answers'))
              filter (where type in ('reply.generated', 'reply.skipped', 'reply.failed')), 0)::bigint,
            count(*) filter (where type = 'reply.generated'),
            count(*) filter (where type in ('delivery.succeeded', 'delivery.failed', 'delivery.uncertain'))
          from event
          """, [.int2(Topic.conversations.number)])[0]
        return Progress(
          received: Int(row.int8(0)), answered: Int(row.int8(1)), replies: Int(row.int8(2)),
          outcomes: Int(row.int8(3)))
      }
    }
  }

  /// - Parameters:
  ///   - inFlight: events whose sends had begun and had no outcome when the engine was killed.
  init(
    _ plan: BenchKillPlan, inFlight: Set<UUID>, pool: PostgresPool, standIn: String, client: HTTPClient
  ) async throws {
    let progress = try await Progress.read(pool)
    if !progress.isDone(plan.messages) { problems.append("not everything came to its end: \(progress)") }
    try await readAnswers(pool)
    try await readOutcomes(pool, inFlight: inFlight)
    try await readSends(standIn, client)
  }

  private mutating func readAnswers(_ pool: PostgresPool) async throws {
    let odd = try await pool.withConnection { connection in
      try connection.execute(
        """
        with event as (
          select type, convert_from(value, 'UTF8')::jsonb -> 'facts' as facts from log.record where topic = $1
        ),
        answer as (
          select a.id from event cross join lateral jsonb_array_elements_text(facts -> 'answers') as a (id)
          where type in ('reply.generated', 'reply.skipped', 'reply.failed')
        )
        select facts ->> 'message' from event
        where type = 'message.received'
          and (select count(*) from answer where answer.id = facts ->> 'message') <> 1
        limit 5
        """, [.int2(Topic.conversations.number)]
      ).map { $0.text(0) }
    }
    if !odd.isEmpty { problems.append("not answered exactly once: \(odd.joined(separator: ", "))") }
  }

  private mutating func readOutcomes(_ pool: PostgresPool, inFlight: Set<UUID>) async throws {
    let (rows, doubtful, latencies) = try await pool.withConnection { connection in
      let event = """
        with event as (
          select type, time, causation, id, correlation, convert_from(value, 'UTF8')::jsonb -> 'facts' as facts
          from log.record where topic = $1
        )
        """
      let topic = PostgresParameter.int2(Topic.conversations.number)
      let rows = try connection.execute(
        """
        \(event)
        select
          r.facts ->> 'message', count(*) filter (where d.type = 'delivery.succeeded'),
          count(*) filter (where d.type = 'delivery.failed'),
          count(*) filter (where d.type = 'delivery.uncertain')
        from event as r
        left join event as d
          on d.facts ->> 'message' = r.facts ->> 'message' and d.type like 'delivery.%'
        where r.type = 'reply.generated'
        group by 1
        """, [topic]
      ).map { ($0.text(0), Int($0.int8(1)), Int($0.int8(2)), Int($0.int8(3))) }
      let doubtful = try connection.execute(
        "\(event) select causation from event where type = 'delivery.uncertain'", [topic]
      ).map { $0.uuid(0) }
      let latencies = try connection.execute(
        """
        \(event)
        select unnest(percentile_cont(array[0.5, 0.95, 0.99]) within group (
          order by extract(epoch from d.time - w.time)::double precision * 1000))
        from event as d join log.record as w on w.id = d.correlation
        where d.type = 'delivery.succeeded'
        """, [topic]
      ).map { $0.double(0) }
      return (rows, doubtful, latencies)
    }
    self.latencies = latencies
    for (message, succeeded, failed, uncertain) in rows where succeeded + failed + uncertain != 1 {
      problems.append("\(message) was delivered \(succeeded), failed \(failed), uncertain \(uncertain) times")
    }
    delivered = rows.reduce(0) { $0 + $1.1 }
    failed = rows.reduce(0) { $0 + $1.2 }
    uncertain = rows.reduce(0) { $0 + $1.3 }
    let others = doubtful.filter { !inFlight.contains($0) }
    if !others.isEmpty { problems.append("\(others.count) are uncertain that were not in flight at a kill") }
  }

  private mutating func readSends(_ standIn: String, _ client: HTTPClient) async throws {
    let response = try await client.send(
      HTTPRequest(url: "\(standIn)/sent?limit=100000", maximumResponseBytes: 64 << 20))
    let page = try JSON.decode(SentPage.self, from: response.body)
    if page.repeats > 0 { problems.append("\(page.repeats) messages were sent twice") }
    if page.items.count < delivered || page.items.count > delivered + uncertain {
      problems.append("\(page.items.count) were taken, \(delivered) delivered, \(uncertain) uncertain")
    }
    for (contact, sends) in Dictionary(grouping: page.items, by: \.to) {
      // The text ends with the number of the question that it answers.
      let numbers = sends.map { Int($0.text.split(separator: " ").last ?? "") ?? 0 }
      if zip(numbers, numbers.dropFirst()).contains(where: { $0 >= $1 }) {
        problems.append("sends to \(contact) are out of order: \(numbers)")
      }
    }
  }
}
