import Channels
import Contracts
import EventLog
import Foundation
import JSON
import Keyring

/// What the provider tells of a message of ours by what was sent along with it.
struct MarkedReport: Sendable {
  let part: Int?
  let providerHMAC: String
  private let sealed: String?

  /// Those of this message, in their order.
  static func all(in records: [Record], of message: MessageID) throws -> [MarkedReport] {
    try records.lazy.filter { $0.event.type == MessageStatus.type }.compactMap { record in
      let value = try MessageStatus.read(record.event)
      guard value.facts.message == message else { return nil }
      return MarkedReport(
        part: value.facts.part, providerHMAC: value.facts.providerHMAC, sealed: value.private)
    }
  }

  /// nil once the contact was erased.
  func providerID(_ keys: [KeyID: SealingKey]) throws -> String? {
    guard let sealed, let key = keys[try JWE.keyID(of: sealed)] else { return nil }
    return try JSON.decode(MessageStatus.Private.self, from: JWE.open(sealed, with: key)).providerID
  }
}

/// Calls that may have been carried out: a report of the message settles that, and after a while its absence does.
extension Deliver {
  enum Settlement {
    case settled(Event)
    case waits(until: Date)
    /// What is left of it is sent, for the first time or again.
    case goes(resends: Int)
  }

  /// How often it is looked whether a report came, in seconds.
  private static let settlingPause: TimeInterval = 2

  func looksAgain(_ now: Date) -> Date { now.addingTimeInterval(min(Self.settlingPause, settlingWindow)) }

  /// What reports mean for a message that was tried before. They count whatever the last call was answered with: a
  /// message that is there is not sent again.
  func settle(
    _ report: DeliveryReport, _ told: [MarkedReport], _ state: inout DeliverState,
    _ workspace: inout Workspace
  ) throws -> Settlement {
    let id = report.message.id
    let now = report.context.now
    let before = taken(of: report, state, workspace.keys)
    // A part that was taken before is not the last, whatever it was sent along with: earlier versions marked all alike.
    if let last = told.first(where: { $0.part == nil && !before.hmacs.contains($0.providerHMAC) }) {
      let key = workspace.keys[try JWE.keyID(of: report.message.sealed)]
      let since = state.sending(id)?.settling?.since ?? report.record.event.time
      return .settled(
        try report.settled(by: last, earlier: before, since: since, key: key, workspace.keys))
    }
    var ids = before.ids
    while let next = told.first(where: { $0.part == ids.count }),
      let providerID = try next.providerID(workspace.keys)
    {
      ids.append(providerID)
    }
    if ids.count > before.ids.count, try keep(ids, after: before.ids.count, report, &state, workspace.keys) {
      state.sending?.settling = nil
      return .goes(resends: report.resends)
    }
    guard let settling = state.sending(id)?.settling else { return .goes(resends: report.resends) }
    guard settling.until <= now else { return .waits(until: min(settling.until, looksAgain(now))) }
    // Its report may still come, later than that of the call that is made now.
    state.expectLateEchoes(after: 0, now: now)
    state.sending?.settling = nil
    state.sending?.resends = report.resends + 1
    return .goes(resends: report.resends + 1)
  }

  /// From here on a report of the part behind these is awaited. False when the contact was erased.
  /// - Parameter known: how many of the ids are kept already.
  func awaitReport(
    after ids: [String], _ known: Int, _ report: DeliveryReport, _ state: inout DeliverState,
    _ keys: [KeyID: SealingKey]
  ) throws -> Bool {
    guard try keep(ids, after: known, report, &state, keys) else { return false }
    let now = report.context.now
    var sending = state.sending(report.message.id) ?? DeliverState.Sending(message: report.message.id)
    sending.settling = DeliverState.Settling(since: now, until: now.addingTimeInterval(settlingWindow))
    // Those before are known by their ids.
    sending.echoes = sending.echoes.map { Array($0.dropFirst(ids.count - known)) }
    state.sending = sending
    return true
  }

  /// Keeps the ids of the parts that the provider took, sealed. False when the contact was erased.
  func keep(
    _ ids: [String], after known: Int, _ report: DeliveryReport, _ state: inout DeliverState,
    _ keys: [KeyID: SealingKey]
  ) throws -> Bool {
    guard let key = keys[try JWE.keyID(of: report.message.sealed)] else { return false }
    guard ids.count > known else { return true }
    let sealed = String(decoding: try JWE.seal(JSON.encode(ids), with: key), as: UTF8.self)
    var sending = state.sending(report.message.id) ?? DeliverState.Sending(message: report.message.id)
    sending.taken = DeliverState.Taken(sealed: sealed, count: ids.count, attempts: report.attempts - 1)
    state.sending = sending
    return true
  }
}

extension DeliverState {
  /// What is known of the message, if it is the one that is being sent.
  func sending(_ message: MessageID) -> Sending? { sending.flatMap { $0.message == message ? $0 : nil } }
}
