import Contracts
import Foundation
import Testing

@testable import Pipeline

/// What may yet be reported of a message of which nobody knows whether it was taken.
struct LateEchoTests {
  private static let now = Date(timeIntervalSince1970: 1_800_000_000)

  private func state(parts: Int) -> DeliverState {
    var state = DeliverState()
    state.sending = .init(
      message: MessageID(UUID()), echoes: (0..<parts).map { .init(part: "m/\($0)", hmac: "h\($0)") })
    return state
  }

  @Test func partsWhoseIdsAreKnownAreNotExpected() {
    var state = state(parts: 3)
    state.expectLateEchoes(after: 2, now: Self.now)
    #expect(state.lateEchoes?.map(\.part) == ["m/2"])
  }

  @Test func nothingIsExpectedForEver() {
    var state = state(parts: 1)
    // While its call goes on, however long that takes.
    #expect(state.echoes.allSatisfy { $0.isExpected(at: .distantFuture) })
    state.expectLateEchoes(after: 0, now: Self.now)
    state.sending = nil
    #expect(state.echoes.map { $0.isExpected(at: Self.now + 299) } == [true])
    #expect(state.echoes.map { $0.isExpected(at: Self.now + 300) } == [false])
    // What is over makes room.
    state.expectLateEchoes(after: 0, now: Self.now + 300)
    #expect(state.lateEchoes == nil)
  }
}
