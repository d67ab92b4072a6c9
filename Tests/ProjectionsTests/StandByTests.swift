import Testing

@testable import Projections

struct StandByTests {
  @Test func whoLostTheLeaseJustNowLooksSoonAndForAWhileOnly() {
    var standBy = StandBy()
    #expect(standBy.next() == StandBy.long)
    standBy.lost()
    let looks = (0..<StandBy.shortLooks).map { _ in standBy.next() }
    #expect(looks.allSatisfy { $0 == StandBy.short })
    #expect(standBy.next() == StandBy.long)
    standBy.lost()
    standBy.lost()
    #expect((0...StandBy.shortLooks).map { _ in standBy.next() }.last == StandBy.long)
  }
}
