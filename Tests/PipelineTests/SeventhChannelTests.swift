import Channels
import Contracts
import Foundation
import Pipeline
import TestKit
import Testing

/// A channel that no stage has heard of: its adapter, registered, is all that there is.
@Suite struct SeventhChannelTests {
  @Test func aMessageOnAnyRegisteredChannelIsAnsweredThere() async throws {
    let pigeon = ScriptedChannel(Channel(rawValue: "pigeon"))
    try await Journey.run(channel: pigeon) { journey in
      let loft = try await journey.tenant.connect(pigeon.channel, account: "loft 7")
      let body = pigeon.prepare([.text("m1", "Where is my letter?", from: .of("ada"))])
      try await journey.tenant.receive(body, on: loft, channel: pigeon.channel)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let delivered = try DeliverySucceeded.read(records.first(DeliverySucceeded.type)).facts
      #expect(delivered.channel == pigeon.channel && delivered.connection == loft)
      let sent = try #require(journey.sender.effects.first)
      #expect(
        sent.channel == pigeon.channel && sent.message.address == "ada" && sent.secrets.account == "loft 7")
    }
  }
}
