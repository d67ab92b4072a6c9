import EventLog
import TestKit
import Testing

@Suite(.timeLimit(.minutes(5)))
struct MemoryLogTests {
  private let conformance: LogConformance

  init() {
    var traits = LogTraits()
    traits.copiesInProcess = 1
    conformance = LogConformance(traits) { partitions, body in
      try await TestDatabase.with(migrated: false) { database in
        let log = MemoryLog(layout: LogLayout(partitions: partitions))
        try await body(LogUnderTest(log: log, pool: database.pool, reopen: { log }))
      }
    }
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
    try await conformance.aStoppedReaderCostsNoMemory()
  }

  @Test func aWaitingReaderIsWokenAtOnce() async throws {
    try await conformance.aWaitingReaderIsWokenAtOnce()
  }

  @Test func aRandomHistoryReadsAsItsModel() async throws {
    try await conformance.aRandomHistoryReadsAsItsModel()
  }
}
