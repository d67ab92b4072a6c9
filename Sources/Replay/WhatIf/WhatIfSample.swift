import Contracts
import Crypto
import EventLog
import Foundation

/// Chooses answers of an agent out of past traffic: of those in the period, the ones whose hash with the seed is
/// least. So the same seed over the same log chooses the same, every answer is as likely as any other, and memory
/// holds no more than the sample.
package struct WhatIfSample: Sendable {
  package let agent: AgentID
  package let from: Date
  package let to: Date?
  package let size: Int
  package let seed: UInt64

  package init(agent: AgentID, from: Date, to: Date?, size: Int, seed: UInt64 = 0) {
    self.agent = agent
    self.from = from
    self.to = to
    self.size = size
    self.seed = seed
  }

  /// The events that say what was answered, with their conversations; and what could not be chosen.
  func choose(
    _ history: ConversationHistory
  ) async throws -> (answers: [EventID: ConversationID], leftOut: LeftOut) {
    struct Found {
      let rank: UInt64
      let event: EventID
      let conversation: ConversationID
    }
    var chosen: [Found] = []
    var tenant: TenantID?
    var skipped: [TenantID: [String: Int]] = [:]
    var leftOut = LeftOut()
    try await history.forEach([ReplyGenerated.type, ReplyFailed.type, ReplySkipped.type]) { record in
      let event = record.event
      guard event.time >= from, to.map({ event.time < $0 }) ?? true,
        let conversation = ConversationID(event.key.rawValue)
      else { return }
      guard event.type != ReplySkipped.type else {
        return skipped[event.tenant, default: [:]][try ReplySkipped.read(event).facts.reason, default: 0] += 1
      }
      guard try Self.author(of: event) == agent else { return }
      tenant = event.tenant
      if event.type == ReplyFailed.type, try ReplyFailed.read(event).facts.reason == "outside-window" {
        leftOut.outsideWindow += 1
      }
      let rank = rank(of: event.id)
      if chosen.count == size, let last = chosen.last, rank >= last.rank { return }
      let place = chosen.firstIndex { $0.rank > rank } ?? chosen.endIndex
      chosen.insert(Found(rank: rank, event: event.id, conversation: conversation), at: place)
      if chosen.count > size { chosen.removeLast() }
    }
    leftOut.skipped = tenant.flatMap { skipped[$0] } ?? [:]
    return (Dictionary(chosen.map { ($0.event, $0.conversation) }) { first, _ in first }, leftOut)
  }

  /// Nil for a greeting, which answers nothing.
  private static func author(of event: Event) throws -> AgentID? {
    guard event.type == ReplyGenerated.type else { return try ReplyFailed.read(event).facts.agent }
    let reply = try ReplyGenerated.read(event).facts
    return reply.kind == .greeting ? nil : reply.agent
  }

  private func rank(of event: EventID) -> UInt64 {
    var hash = SHA256()
    withUnsafeBytes(of: seed.bigEndian) { hash.update(bufferPointer: $0) }
    hash.update(data: event.uuid.bytes)
    return hash.finalize().prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
