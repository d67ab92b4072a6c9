import Contracts
import Foundation
import Models
import Postgres

/// What was used up of the limits that are set, for one batch: counts that every process adds to, so that a bound is
/// overshot at most by what is under way.
struct ModelUse: Sendable {
  /// Whose bound it is. Where nothing is bounded, nothing is counted.
  struct Scope: Hashable, Sendable {
    let tenant: UUID
    let name: String
    let limits: UseLimits

    static func tenant(_ id: TenantID, _ limits: UseLimits) -> Scope {
      Scope(tenant: id.uuid, name: "tenant", limits: limits)
    }
    static func agent(_ id: AgentID, _ limits: UseLimits, of tenant: TenantID) -> Scope {
      Scope(tenant: tenant.uuid, name: "agent \(id)", limits: limits)
    }
    /// Of all tenants together.
    static func model(_ model: ConfiguredModel) -> Scope {
      Scope(tenant: .zero, name: "model \(model.name)", limits: model.limits)
    }

    static func == (a: Scope, b: Scope) -> Bool { a.tenant == b.tenant && a.name == b.name }
    func hash(into hasher: inout Hasher) {
      hasher.combine(tenant)
      hasher.combine(name)
    }
  }

  enum Verdict: Sendable, Equatable {
    case allowed
    /// So many requests were made in this minute.
    case notBefore(Date)
    /// The day's tokens or money are used up.
    case exhausted
  }

  private struct Counts: Sendable {
    var requests: Int64 = 0
    var tokens: Int64 = 0
    var costMicros: Int64 = 0
  }

  private struct Key: Hashable, Sendable {
    let tenant: UUID
    let name: String
    let isMinute: Bool
  }

  private let now: Date
  private var known: [Key: Counts] = [:]
  private var added: [Key: Counts] = [:]

  init(now: Date) { self.now = now }

  init(of tenants: Set<TenantID>, now: Date, in transaction: Transaction) throws {
    self.now = now
    let rows = try transaction.execute(
      "select tenant, scope, is_minute, requests, tokens, cost_micros from stage.model_uses($1, $2)",
      [.uuids(tenants.map(\.uuid) + [UUID.zero]), .timestamp(now)])
    for row in rows {
      known[Key(tenant: row.uuid(0), name: row.text(1), isMinute: row.bool(2))] = Counts(
        requests: row.int8(3), tokens: row.int8(4), costMicros: row.int8(5))
    }
  }

  /// Whether one more request may be made within all of them.
  func verdict(_ scopes: [Scope]) -> Verdict {
    var verdict = Verdict.allowed
    for scope in scopes {
      let day = known[Key(tenant: scope.tenant, name: scope.name, isMinute: false)] ?? Counts()
      if let most = scope.limits.tokensPerDay, day.tokens >= Int64(most) { return .exhausted }
      if let most = scope.limits.costPerDayMicros, day.costMicros >= most { return .exhausted }
      let minute = known[Key(tenant: scope.tenant, name: scope.name, isMinute: true)] ?? Counts()
      if let most = scope.limits.requestsPerMinute, minute.requests >= Int64(most) {
        verdict = .notBefore(
          Date(timeIntervalSince1970: (now.timeIntervalSince1970 / 60).rounded(.down) * 60 + 60))
      }
    }
    return verdict
  }

  mutating func add(requests: Int = 0, tokens: Int = 0, costMicros: Int64 = 0, to scopes: [Scope]) {
    for scope in scopes where !scope.limits.isUnbounded {
      for isMinute in [false, true] {
        let key = Key(tenant: scope.tenant, name: scope.name, isMinute: isMinute)
        for counts in [\Self.known, \Self.added] {
          self[keyPath: counts][key, default: Counts()].requests += Int64(requests)
          self[keyPath: counts][key, default: Counts()].tokens += Int64(tokens)
          self[keyPath: counts][key, default: Counts()].costMicros += costMicros
        }
      }
    }
  }

  func save(in transaction: Transaction) throws {
    guard !added.isEmpty else { return }
    // In one order, so that two transactions never wait for each other.
    let rows = added.sorted {
      ($0.key.tenant.uuidString, $0.key.name, $0.key.isMinute ? 1 : 0)
        < ($1.key.tenant.uuidString, $1.key.name, $1.key.isMinute ? 1 : 0)
    }
    try transaction.execute(
      "select stage.add_model_uses($1, $2, $3, $4, $5, $6, $7)",
      [
        .uuids(rows.map(\.key.tenant)), .texts(rows.map(\.key.name)),
        .int4s(rows.map { $0.key.isMinute ? 1 : 0 }), .int8s(rows.map(\.value.requests)),
        .int8s(rows.map(\.value.tokens)), .int8s(rows.map(\.value.costMicros)), .timestamp(now),
      ])
  }
}

extension UUID {
  fileprivate static let zero = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}

extension UseLimits {
  init(_ limits: AgentLimits?) {
    self.init(
      requestsPerMinute: limits?.requestsPerMinute, tokensPerDay: limits?.tokensPerDay,
      costPerDayMicros: limits?.costPerDayMicros)
  }
}
