import HTTPClient
import JSON
import Testing

@testable import StandIn

@Suite("faults")
struct FaultTests {
  @Test func answersWithTheErrorThatIsAskedFor() async throws {
    try await RunningStandIn.with { standIn async throws in
      let set = try await standIn.setFaults(
        #"{"error_rate":1,"error_status":429,"error_code":130429,"latency_ms":[1,2]}"#
      )
      #expect(set.status == 200)
      let answer = try await standIn.send(textBody())
      #expect(answer.status == 429)
      #expect(try answer.json["error"]?["message"]?.string == "(#130429) Rate limit hit")
      #expect(try await standIn.setFaults("{}").status == 200)
      #expect(try await standIn.send(textBody()).status == 200)
      #expect(try await standIn.sent()["last"]?.int == 1)
    }
  }

  @Test(arguments: [("drop_before_rate", 0), ("drop_after_rate", 1)])
  func dropsTheConnectionBeforeOrAfterRecording(_ member: String, recorded: Int64) async throws {
    try await RunningStandIn.with { standIn async throws in
      #expect(try await standIn.setFaults(#"{"\#(member)":1}"#).status == 200)
      let error = await #expect(throws: HTTPClientError.self) { try await standIn.send(textBody()) }
      #expect(error?.code == .connectionLost)
      #expect(try await standIn.sent()["last"]?.int == recorded)
    }
  }

  @Test(arguments: [
    #"{"error_rate":1.5}"#, #"{"error_rate":-1}"#, #"{"error_rate":0.6,"drop_after_rate":0.6}"#,
    #"{"latency_ms":[2,1]}"#, #"{"latency_ms":[0,600001]}"#, #"{"error_status":200}"#, #"{"seed":-1}"#,
    #"{"rate":1}"#, "[]", "nonsense",
  ])
  func refusesFaultsThatMakeNoSense(_ json: String) async throws {
    try await RunningStandIn.with { standIn async throws in
      #expect(try await standIn.setFaults(json).status == 400)
      #expect(try await standIn.send(textBody()).status == 200)
    }
  }

  @Test func showsTheFaultsAsTheyAreSet() async throws {
    try await RunningStandIn.with { standIn async throws in
      _ = try await standIn.setFaults(#"{"seed":7,"latency_ms":[3,9],"drop_before_rate":0.25}"#)
      let faults = try await standIn.call("GET", "/faults").json
      #expect(faults["seed"]?.int == 7)
      #expect(faults["latency_ms"]?[1]?.int == 9)
      #expect(faults["drop_before_rate"]?.double == 0.25)
    }
  }

  @Test func drawsTheSameFaultsFromTheSameSeedInTheShareThatIsAskedFor() {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    let faults = Faults(
      seed: seed,
      latency: 5...50,
      errorRate: 0.1,
      dropBeforeRate: 0.2,
      dropAfterRate: 0.3
    )
    func draw() -> [FaultDecision] {
      var dice = FaultDice(faults)
      return (0..<20_000).map { _ in dice.next() }
    }
    let drawn = draw()
    #expect(drawn == draw())
    #expect(drawn.allSatisfy { (.milliseconds(5)...(.milliseconds(50))).contains($0.delay) })
    func share(_ action: FaultDecision.Action) -> Double {
      Double(drawn.count { $0.action == action }) / Double(drawn.count)
    }
    // Seven standard deviations and more of each.
    #expect(abs(share(.error(status: 500, code: 131000)) - 0.1) < 0.02)
    #expect(abs(share(.dropBefore) - 0.2) < 0.025)
    #expect(abs(share(.dropAfter) - 0.3) < 0.025)
  }
}
