import Contracts
import EventLog
import Foundation
import TestKit
import Testing

@testable import KafkaLog

/// The contract against the mock cluster, or against the real one that `AIGENTABLE_TEST_KAFKA` (a `kafka://`
/// url) names, with topics of a fresh prefix for each test.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct KafkaConformanceTests {
  private let conformance: LogConformance

  init() {
    var traits = LogTraits()
    traits.answersFirstPosition = false
    // The mock keeps its topics in this process.
    traits.copiesInProcess = Self.realCluster == nil ? 1 : 0
    traits.readerBytes = 10 << 20
    traits.medianWakeUp = .milliseconds(40)
    conformance = LogConformance(traits) { partitions, body in
      try await Self.withCluster(partitions: partitions) { url in
        try await KafkaFixture.with(url, partitions: partitions) { fixture in
          try await body(
            LogUnderTest(
              log: fixture.log, pool: fixture.database.pool, reopen: { try await fixture.reopen() }))
        }
      }
    }
  }

  static var realCluster: String? {
    ProcessInfo.processInfo.environment["AIGENTABLE_TEST_KAFKA"]
  }

  static func withCluster(
    partitions: Int, _ body: (String) async throws -> Void
  ) async throws {
    let layout = LogLayout(partitions: partitions)
    guard let url = realCluster else {
      let cluster = try MockCluster()
      try cluster.create(layout)
      try await body(cluster.url())
      withExtendedLifetime(cluster) {}
      return
    }
    let prefix = "test-\(UUID().uuidString.lowercased())-"
    let settings = "topic.prefix=\(prefix)&queued.max.messages.kbytes=2048"
    let prefixed = url + (url.contains("?") ? "&" : "?") + settings
    let plan = try TopicPlan(layout: layout, prefix: prefix, replication: 1, minimumInSync: 1)
    for expected in [Topic.allCases.count, 0] {
      let made = try await TopicAdministration.create(
        plan, on: KafkaConfiguration(url: prefixed), logger: KafkaFixture.logger)
      #expect(made.count == expected)
    }
    try await body(prefixed)
  }

  @Test func appendReturnsPositionsThatAreReadable() async throws {
    try await conformance.appendReturnsPositionsThatAreReadable()
  }

  @Test func anEmptyAppendDoesNothing() async throws {
    try await conformance.anEmptyAppendDoesNothing()
  }

  @Test func appendKeepsTheFirstOfTwoEqualIDs() async throws {
    try await conformance.appendKeepsTheFirstOfTwoEqualIDs()
  }

  @Test func concurrentAppendsOfOneIDAreReadOnce() async throws {
    try await conformance.concurrentAppendsOfOneIDAreReadOnce()
  }

  @Test func offsetsOfAPartitionAreContiguous() async throws {
    try await conformance.offsetsOfAPartitionAreContiguous()
  }

  @Test func whatCannotBeTakenIsRefused() async throws {
    try await conformance.whatCannotBeTakenIsRefused()
  }

  @Test func oddButLawfulEventsComeBackAsTheyWere() async throws {
    try await conformance.oddButLawfulEventsComeBackAsTheyWere()
  }

  @Test func appendInATransactionIsAtomicWithItsRows() async throws {
    try await conformance.appendInATransactionIsAtomicWithItsRows()
  }

  @Test func severalAppendsOfOneTransactionKeepTheirOrder() async throws {
    try await conformance.severalAppendsOfOneTransactionKeepTheirOrder()
  }

  @Test func endsCoverWhatATransactionCommitted() async throws {
    try await conformance.endsCoverWhatATransactionCommitted()
  }

  @Test func orderOfAKeyHoldsUnderManyWriters() async throws {
    try await conformance.orderOfAKeyHoldsUnderManyWriters()
  }

  @Test func anOldTransactionElsewhereHoldsNobodyBack() async throws {
    try await conformance.anOldTransactionElsewhereHoldsNobodyBack()
  }

  @Test func readingBeginsAtAnyOffset() async throws {
    try await conformance.readingBeginsAtAnyOffset()
  }

  @Test func readingFromTheEndWaitsForWhatComesNext() async throws {
    try await conformance.readingFromTheEndWaitsForWhatComesNext()
  }

  @Test func oneReaderReadsPartitionsOfSeveralTopics() async throws {
    try await conformance.oneReaderReadsPartitionsOfSeveralTopics()
  }

  @Test func aTypeFilterPassesOverOthersAndMovesTheCursor() async throws {
    try await conformance.aTypeFilterPassesOverOthersAndMovesTheCursor()
  }

  @Test func readingGoesOnWhereACursorStands() async throws {
    try await conformance.readingGoesOnWhereACursorStands()
  }

  @Test func cancellingAWaitingReaderEndsItsWait() async throws {
    try await conformance.cancellingAWaitingReaderEndsItsWait()
  }

  @Test func aStoppedReaderCostsNoMemory() async throws {
    // What is given back meanwhile would hide as much that is taken.
    MockCluster.waitForTheEnding()
    try await conformance.aStoppedReaderCostsNoMemory()
  }

  @Test func aWaitingReaderIsWokenAtOnce() async throws {
    try await conformance.aWaitingReaderIsWokenAtOnce()
  }

  @Test func aRandomHistoryReadsAsItsModel() async throws {
    try await conformance.aRandomHistoryReadsAsItsModel()
  }
}
