import Channels
import Contracts
import Foundation
import JSON
import Postgres

/// How fast may be sent from each account, and to each group whose topics are limited together, for one batch. Two
/// processes that send from one account may each take the last token; then the provider's refusal decides.
struct AccountPaces: Sendable {
  /// An account, or a group of one.
  private struct Owner {
    let tenant: TenantID
    let isGroup: Bool
  }

  /// No group's bucket says anything after so long: it is full again, and nobody closes one for longer.
  private static let groupLasts = Duration.seconds(600)

  private var known: [UUID: SendPace] = [:]
  private var changed: [UUID: Owner] = [:]
  /// What of this batch waits for its turn.
  private var queued: [UUID: SendCost] = [:]
  /// The time of the batch.
  let now: Date

  init(now: Date) { self.now = now }

  /// The paces of all accounts of these tenants.
  static func statement(_ tenants: Set<TenantID>, now: Date) -> PostgresStatement {
    PostgresStatement(
      "select connection, value from stage.paces($1, $2)", [.uuids(tenants.map(\.uuid)), .timestamp(now)])
  }

  /// - Parameter rows: of `statement`.
  init(_ rows: PostgresRows, now: Date) throws {
    self.now = now
    for row in rows { known[row.uuid(0)] = try JSON.decode(SendPace.self, from: row.bytes(1)) }
  }

  subscript(connection: KnownConnection) -> SendPace {
    get { known[connection.id.uuid] ?? SendPace() }
    set { set(newValue, connection.id.uuid, Owner(tenant: connection.tenant, isGroup: false)) }
  }

  /// - Parameter group: as `DeliverState.Target.group`.
  subscript(group: UUID, tenant: TenantID) -> SendPace {
    get { known[group] ?? SendPace() }
    set { set(newValue, group, Owner(tenant: tenant, isGroup: true)) }
  }

  private mutating func set(_ pace: SendPace, _ id: UUID, _ owner: Owner) {
    // Where nothing is limited, nothing is kept.
    guard pace != known[id] ?? SendPace() else { return }
    known[id] = pace
    changed[id] = owner
  }

  /// When the next message may go; nil when that is now. Those that wait are given one turn each, so that they do not all
  /// come back for the same one.
  mutating func opens(
    _ connection: KnownConnection, _ limits: SendLimits, _ cost: SendCost = SendCost()
  ) -> Date? {
    opens(connection.id.uuid, limits, cost)
  }

  mutating func opens(group: UUID, _ rate: SendRate?, calls: Int) -> Date? {
    opens(group, SendLimits(account: rate), SendCost(calls: calls))
  }

  private mutating func opens(_ id: UUID, _ limits: SendLimits, _ cost: SendCost) -> Date? {
    let pace = known[id] ?? SendPace()
    let all = pace.opens(limits.account, calls: cost.calls, now: now)
    let media = pace.opensForMedia(limits.media, cost.media, now: now)
    guard all != nil || media != nil else { return nil }
    let ahead = queued[id] ?? SendCost(calls: 0, media: 0)
    queued[id] = SendCost(calls: ahead.calls + cost.calls, media: ahead.media + cost.media)
    func turn(_ opens: Date?, _ ahead: Int, _ rate: SendRate?) -> Date? {
      opens.map { $0.addingTimeInterval(rate.map { Double(ahead) / $0.perSecond } ?? 0) }
    }
    return [turn(all, ahead.calls, limits.account), turn(media, ahead.media, limits.media)]
      .compactMap(\.self).max()
  }

  func save(in transaction: Transaction) throws {
    guard !changed.isEmpty else { return }
    let rows = changed.sorted { $0.key < $1.key }
    transaction.executeLater(
      "select stage.save_paces($1, $2, $3, $4, $5)",
      [
        .uuids(rows.map(\.key)), .uuids(rows.map(\.value.tenant.uuid)),
        .byteStrings(try rows.map { try JSON.encode(known[$0.key] ?? SendPace()) }),
        .timestamps(rows.map { $0.value.isGroup ? now.addingTimeInterval(Self.groupLasts.seconds) : nil }),
        .timestamp(now),
      ])
  }
}
