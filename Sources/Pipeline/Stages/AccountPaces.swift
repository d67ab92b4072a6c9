import Channels
import Contracts
import Foundation
import JSON
import Postgres

/// How fast may be sent from each account, for one batch. Two processes that send from one account may each take
/// the last token; then the provider's refusal decides.
struct AccountPaces: Sendable {
  private var known: [ConnectionID: SendPace] = [:]
  private var changed: [ConnectionID: TenantID] = [:]
  /// How many calls of this batch wait for their turn.
  private var queued: [ConnectionID: Int] = [:]

  init() {}

  /// The paces of all accounts of these tenants.
  static func statement(_ tenants: Set<TenantID>) -> PostgresStatement {
    PostgresStatement("select connection, value from stage.paces($1)", [.uuids(tenants.map(\.uuid))])
  }

  /// - Parameter rows: of `statement`.
  init(_ rows: PostgresRows) throws {
    for row in rows { known[ConnectionID(row.uuid(0))] = try JSON.decode(SendPace.self, from: row.bytes(1)) }
  }

  subscript(connection: KnownConnection) -> SendPace {
    get { known[connection.id] ?? SendPace() }
    set {
      // Where nothing is limited, nothing is kept.
      guard newValue != self[connection] else { return }
      known[connection.id] = newValue
      changed[connection.id] = connection.tenant
    }
  }

  /// When the next message may go; nil when that is now. Those that wait are given one turn each, so that they do not all
  /// come back for the same one.
  mutating func opens(
    _ connection: KnownConnection, _ limits: SendLimits, _ cost: SendCost = SendCost(), now: Date
  ) -> Date? {
    guard let opens = self[connection].opens(limits, cost, now: now) else { return nil }
    let ahead = queued[connection.id, default: 0]
    let isOfMedia = cost.media > 0 && limits.media != nil
    queued[connection.id] = ahead + (isOfMedia ? cost.media : cost.calls)
    let rate = isOfMedia ? limits.media : limits.account
    return rate.map { opens.addingTimeInterval(Double(ahead) / $0.perSecond) } ?? opens
  }

  func save(in transaction: Transaction) throws {
    guard !changed.isEmpty else { return }
    let rows = changed.sorted { $0.key < $1.key }
    transaction.executeLater(
      "select stage.save_paces($1, $2, $3)",
      [
        .uuids(rows.map(\.key.uuid)), .uuids(rows.map(\.value.uuid)),
        .byteStrings(try rows.map { try JSON.encode(known[$0.key] ?? SendPace()) }),
      ])
  }
}
