import Contracts
import EventLog
import Foundation
import Testing

extension LogConformance {
  /// Eight readers stop while 20 MB are appended: what one holds is bounded, not what was appended.
  package func aStoppedReaderCostsNoMemory() async throws {
    try await withLog(8) { test in
      let readers = 8
      let size = 1_000
      let total = 20_000
      var stopped: [any LogReader] = []
      for _ in 0..<readers {
        let reader = try await test.log.reader(from: test.log.beginnings(of: .conversations), types: nil)
        stopped.append(reader)
      }
      let value = [UInt8](repeating: 0x61, count: size)
      let before = residentBytes()
      for start in stride(from: 0, to: total, by: 500) {
        let events = (start..<(start + 500)).map { LogFixtures.event("stream-\($0)", value: value) }
        _ = try await test.log.append(events)
      }
      let growth = residentBytes() - before
      // A record in memory is about twice its value; allocators keep some of what was freed.
      let allowance = traits.copiesInProcess * total * size * 2 + readers * traits.readerBytes + (32 << 20)
      print("a stopped reader: \(growth >> 20) MB grown, \(allowance >> 20) MB allowed")
      #expect(growth < allowance)
      // And it misses nothing when it goes on.
      #expect(try await stopped[0].read(total).count == total)
      for reader in stopped { await reader.close() }
    }
  }

  /// Wakes a waiting reader a hundred times, once for each append.
  package func aWaitingReaderIsWokenAtOnce() async throws {
    try await withLog(1) { test in
      let reader = try await test.log.reader(from: test.log.beginnings(of: .conversations), types: nil)
      let clock = ContinuousClock()
      let (arrivals, arrived) = AsyncStream.makeStream(of: ContinuousClock.Instant.self)
      var delays = try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for _ in 0..<100 {
            _ = try await reader.read(1)
            arrived.yield(clock.now)
          }
          arrived.finish()
        }
        var delays: [Duration] = []
        var arrivals = arrivals.makeAsyncIterator()
        for _ in 0..<100 {
          _ = try await test.log.append([LogFixtures.event("stream")])
          let appended = clock.now
          guard let arrival = await arrivals.next() else { break }
          delays.append(max(.zero, arrival - appended))
        }
        try await group.waitForAll()
        return delays
      }
      await reader.close()
      try #require(delays.count == 100)
      delays.sort()
      print("waking a reader: median \(delays[50]), 99th of 100 \(delays[98])")
      #expect(delays[50] < traits.medianWakeUp)
    }
  }

  /// Resident memory of this process (proc(5), /proc/self/statm, second field, in pages).
  private func residentBytes() -> Int {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
      let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { return 0 }
    return pages * sysconf(Int32(_SC_PAGESIZE))
  }
}
