import Channels
import Contracts
import Foundation
import JSON
import Keyring

/// How fast may be sent, what was taken already, and what will be reported of it.
extension Deliver {
  func limits(of connection: KnownConnection) -> SendLimits {
    ((try? channels.adapter(for: connection.channel).sendLimits) ?? SendLimits())
      .granting(connection.sendsPerSecond)
  }

  /// When the message may go; nil when that is now. Who must wait for the chat takes no turn of the account's.
  func opens(
    _ cost: SendCost, _ connection: KnownConnection, _ limits: SendLimits, _ state: DeliverState,
    _ workspace: inout Workspace
  ) -> Date? {
    let now = workspace.paces.now
    let opens: Date? =
      if let group = state.target?.group {
        workspace.paces.opens(group: group, limits.thread, calls: cost.calls)
      } else {
        state.pace?.opens(limits.chat(state.target), calls: cost.calls, now: now)
      }
    return opens ?? workspace.paces.opens(connection, limits, cost)
  }

  /// It goes now.
  func take(
    _ cost: SendCost, _ connection: KnownConnection, _ limits: SendLimits, _ state: inout DeliverState,
    _ workspace: inout Workspace, now: Date
  ) {
    workspace.paces[connection].take(limits, cost, now: now)
    if let group = state.target?.group {
      workspace.paces[group, connection.tenant].take(limits.thread, calls: cost.calls, now: now)
    } else if let chat = limits.chat(state.target) {
      var pace = state.pace ?? SendPace()
      pace.take(chat, calls: cost.calls, now: now)
      state.pace = pace
    }
  }

  /// Names the bucket of what a thread is limited together with. A group's own name is not to be read from it.
  func group(of thread: String?, on connection: KnownConnection, _ keys: [KeyID: SealingKey]) -> UUID? {
    guard let thread, let group = (try? channels.adapter(for: connection.channel))?.group(of: thread),
      let key = keys[KeyID(connection.tenant.uuid)]
    else { return nil }
    return UUID.version5(of: key.hmac("pace/\(group)", on: connection.channel), in: connection.id.uuid)
  }

  /// How many calls a message takes in all, counted without the bytes of the files, which are read only when they are
  /// sent.
  func calls(of message: OutboundMessage, with files: [OutgoingFile], on channel: Channel) -> Int {
    max(1, (try? channels.adapter(for: channel))?.calls(for: message.naming(files)) ?? 1)
  }

  /// What the provider will report of a message as if anybody had written it; nil where its reports name who did.
  func echoes(
    of message: OutboundMessage, with files: [OutgoingFile], on connection: KnownConnection, _ resends: Int,
    _ keys: [KeyID: SealingKey]
  ) -> [DeliverState.Echo]? {
    guard let channel = try? channels.adapter(for: connection.channel), channel.echoesUnmarked,
      let key = keys[KeyID(connection.tenant.uuid)]
    else { return nil }
    let marks = channel.echoMarks(of: message.naming(files))
    let again = resends == 0 ? "" : "/again"
    return marks.enumerated().dropFirst(message.taken.count).map { number, mark in
      DeliverState.Echo(
        part: "\(message.id)/\(number)\(again)", hmac: key.hmac(echo: mark, on: connection.channel),
        message: message.id, number: number == marks.count - 1 ? nil : number)
    }
  }

  /// What was taken is known by its id from here on.
  func noteTaken(_ hmacs: [String], _ report: DeliveryReport, _ workspace: inout Workspace) {
    let channel = try? channels.adapter(for: report.target.channel)
    if report.target.group != nil, let thread = try? report.target.place(workspace.keys)?.thread,
      channel?.isTopic(thread) == true
    {
      for hmac in hmacs {
        workspace.topics.note(
          .init(connection: report.target.connection, hmac: hmac), in: report.target.conversation)
      }
    }
    guard channel?.echoesUnmarked == true else { return }
    workspace.echoes += hmacs.map { (report.record.event.tenant, $0) }
  }

  /// The parts of the message that the provider took before; none once the contact was erased.
  func taken(
    of report: DeliveryReport, _ state: DeliverState, _ keys: [KeyID: SealingKey]
  ) -> (ids: [String], hmacs: [String]) {
    guard let taken = state.sending(report.message.id)?.taken,
      let keyID = try? JWE.keyID(of: taken.sealed), let key = keys[keyID],
      let bytes = try? JWE.open(taken.sealed, with: key),
      let ids = try? JSON.decode([String].self, from: bytes)
    else { return ([], []) }
    return (ids, hmacs(of: ids, report, keys))
  }

  func hmacs(of ids: [String], _ report: DeliveryReport, _ keys: [KeyID: SealingKey]) -> [String] {
    guard let key = keys[KeyID(report.record.event.tenant.uuid)] else { return [] }
    return ids.map { key.hmac($0, on: report.target.channel) }
  }
}

extension OutboundMessage {
  /// With the files, but for their bytes.
  fileprivate func naming(_ files: [OutgoingFile]) -> OutboundMessage {
    with(
      files.map { OutboundAttachment(kind: $0.kind, mediaType: $0.mediaType, name: $0.name, bytes: []) })
  }
}

extension SendLimits {
  /// Of a chat between two, or of a thread.
  fileprivate func chat(_ target: DeliverState.Target?) -> SendRate? {
    target?.isThread == true ? thread : chat
  }

  /// Nothing is counted.
  var areNone: Bool { account == nil && chat == nil && thread == nil && media == nil }
}
