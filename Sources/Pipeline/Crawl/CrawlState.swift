import Contracts
import Foundation

/// What is known of a source's pages.
package struct CrawlState: Codable, Sendable {
  package struct Page: Codable, Sendable {
    /// Of the text that it had last.
    let document: DocumentID
    /// Of texts before: those that were found, or might be yet, when it was looked at last.
    private(set) var former: [DocumentID]?
    /// SHA-256 of its bytes, in hexadecimal.
    let hash: String
    /// What its server calls this version of it (RFC 9110, section 8.8).
    var tag: String?
    var modified: String?

    init(document: DocumentID, hash: String, _ page: CrawlOutcome.Page) {
      self.document = document
      self.hash = hash
      tag = page.tag
      modified = page.modified
      former = page.former
    }

    var documents: [DocumentID] { (former ?? []) + [document] }

    mutating func take(_ page: CrawlOutcome.Page) {
      former = page.former ?? former
      tag = page.tag ?? tag
      modified = page.modified ?? modified
    }
  }

  /// A look at all pages, which takes several steps: what is done stays done whoever goes on.
  struct Round: Codable, Sendable {
    /// Those that are looked at, in this order.
    let addresses: [String]
    /// nil in what was kept before there was this.
    var isPart: Bool?
    /// How many were.
    var done = 0
    /// What was in the way so far, for people.
    var problem: String?
  }

  var source: UUID?
  var pages: [String: Page] = [:]
  var crawls = 0
  var next: Date?
  /// In the way of this look was something that may pass by itself: of all of it, or of these addresses.
  private var mayPass: Bool?
  private(set) var again: [String]?
  /// How many looks of which that was so, and that got no further, came before.
  private var failures: Int?
  /// Until when the site asks to be left alone.
  private var rest: Date?
  /// This look had pages that it needs no more.
  private var isAhead: Bool?
  /// The one that is under way.
  private(set) var round: Round?

  /// - Parameter isPart: of the last look, to be made again: what is not named is not gone.
  mutating func begin(_ addresses: [String], isPart: Bool = false, problem: String? = nil) {
    crawls += 1
    (mayPass, again, rest, isAhead) = (nil, nil, nil, nil)
    round = Round(addresses: addresses, isPart: isPart, problem: problem)
  }

  /// - Parameter now: when the step has ended.
  mutating func note(_ outcome: CrawlOutcome, at now: Date) {
    round?.done += outcome.pages.count
    if let problem = outcome.problem { round?.problem = problem }
    if outcome.mayPass == true { mayPass = true }
    if outcome.pages.count > outcome.again?.count ?? 0 { isAhead = true }
    if let addresses = outcome.again { again = (again ?? []) + addresses }
    guard let seconds = outcome.rest else { return }
    rest = now.addingTimeInterval(seconds)
    // What was not looked at comes first then: a page that is always refused keeps no other waiting for ever.
    if let round, round.done < round.addresses.count {
      again = round.addresses.dropFirst(round.done) + (again ?? [])
      self.round?.done = round.addresses.count
    }
  }

  /// When there is another look at what was in the way of the one that has ended, never before the site wants it; nil
  /// where nothing was that may pass, or nothing has passed for half an hour of such looks.
  mutating func retry(at now: Date) -> Date? {
    let isWhole = mayPass == true
    mayPass = nil
    // What is done is not done again in a part, so there is an end to such looks.
    if !isWhole, isAhead == true { failures = nil }
    guard isWhole || again != nil, (failures ?? 0) < 6 else {
      (again, failures) = (nil, nil)
      return nil
    }
    if isWhole { again = nil }
    failures = (failures ?? 0) + 1
    return later(now.addingTimeInterval(15 * pow(2, Double(failures ?? 0))))
  }

  /// When there is the next look at all pages, likewise; nil where there is none.
  func scheduled(_ facts: SourceAdded.Facts, from now: Date) -> Date? {
    facts.everyHours.map { later(now.addingTimeInterval(Double($0) * 3_600)) }
  }

  private func later(_ time: Date) -> Date { rest.map { max($0, time) } ?? time }

  mutating func endRound() { round = nil }
}

/// A step of a look at a source.
package struct CrawlEffect: Sendable {
  enum Step: Sendable {
    /// Finds out which pages there are.
    case list
    /// Looks at these.
    case look([String])
  }

  let facts: SourceAdded.Facts
  let tenant: TenantID
  let step: Step
  /// What is known of the pages that are looked at.
  let pages: [String: CrawlState.Page]
}

/// What came of a step.
package struct CrawlOutcome: Codable, Sendable {
  package struct Page: Codable, Sendable {
    let address: String
    /// Of what was put into the store; nil when it did not change or could not be had.
    var hash: String?
    var bytes = 0
    var mediaType: String?
    var title: String?
    var tag: String?
    var modified: String?
    /// Of the documents of former texts those that are found, or may be yet; nil when that was not asked.
    var former: [DocumentID]?
    /// The server says that there is no such page.
    var isGone = false
  }

  /// Which pages there are, where that was asked.
  var addresses: [String]?
  var pages: [Page] = []
  /// The step was made to its end.
  var isComplete: Bool
  /// What was in the way, for people.
  var problem: String?
  /// It broke the step off, and may pass by itself.
  var mayPass: Bool?
  /// Of which pages it may.
  var again: [String]?
  /// For how many seconds the site asks to be left alone: the step broke off there.
  var rest: Double?
}
