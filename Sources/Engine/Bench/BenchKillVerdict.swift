import Audit
import Contracts
import EventLog
import Foundation
import HTTPClient
import JSON
import Postgres

/// What must hold of every message once a run with kills is over, read from the log and from what the channel took.
struct BenchKillVerdict: Sendable {
  let problems: [String]
  let delivered: Int
  let failed: Int
  let uncertain: Int
  /// From message to delivery, in milliseconds: half, 95 and 99 of 100.
  let latencies: [Double]

  private struct Sent: Decodable {
    let to: String
    let text: String
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
    let page = try await Self.readSends(standIn, client)
    let (outcomes, doubtful, latencies) = try await Self.readOutcomes(pool)
    let verdict = MessageVerdict(
      answers: try await Self.readAnswers(pool), outcomes: outcomes, doubtful: doubtful, inFlight: inFlight,
      sends: page.items.map { sent in
        // The text ends with the number of the question that it answers.
        MessageVerdict.Send(
          contact: sent.to, number: sent.text.split(separator: " ").last.flatMap { Int($0) } ?? 0)
      }, repeats: page.repeats)
    problems =
      (progress.isDone(plan.messages) ? [] : ["not everything came to its end: \(progress)"])
      + verdict.problems
    (delivered, failed, uncertain) = (verdict.delivered, verdict.failed, verdict.uncertain)
    self.latencies = latencies
  }

  /// Of each message that was received, how often it was answered.
  private static func readAnswers(_ pool: PostgresPool) async throws -> [String: Int] {
    let rows = try await pool.withConnection { connection in
      try connection.execute(
        """
        with event as (
          select type, convert_from(value, 'UTF8')::jsonb -> 'facts' as facts from log.record where topic = $1
        ),
        answer as (
          select a.id from event cross join lateral jsonb_array_elements_text(facts -> 'answers') as a (id)
          where type in ('reply.generated', 'reply.skipped', 'reply.failed')
        )
        select e.facts ->> 'message', count(a.id) from event as e
        left join answer as a on a.id = e.facts ->> 'message'
        where e.type = 'message.received'
        group by 1
        """, [.int2(Topic.conversations.number)]
      ).map { ($0.text(0), Int($0.int8(1))) }
    }
    return Dictionary(uniqueKeysWithValues: rows)
  }

  /// What came of each reply, which are uncertain, and the latencies.
  private static func readOutcomes(
    _ pool: PostgresPool
  ) async throws -> ([MessageVerdict.Outcome], doubtful: [UUID], latencies: [Double]) {
    try await pool.withConnection { connection in
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
      ).map { row in
        MessageVerdict.Outcome(
          message: row.text(0), succeeded: Int(row.int8(1)), failed: Int(row.int8(2)),
          uncertain: Int(row.int8(3)))
      }
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
  }

  private static func readSends(_ standIn: String, _ client: HTTPClient) async throws -> SentPage {
    let response = try await client.send(
      HTTPRequest(url: "\(standIn)/sent?limit=100000", maximumResponseBytes: 64 << 20))
    return try JSON.decode(SentPage.self, from: response.body)
  }
}
