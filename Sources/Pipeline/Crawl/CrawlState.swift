import Contracts
import Foundation

/// What is known of a source's pages.
package struct CrawlState: Codable, Sendable {
  package struct Page: Codable, Sendable {
    let document: DocumentID
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
    }

    mutating func take(_ page: CrawlOutcome.Page) {
      tag = page.tag ?? tag
      modified = page.modified ?? modified
    }
  }

  var source: UUID?
  var pages: [String: Page] = [:]
  var crawls = 0
  var next: Date?
}

/// Look at a source's pages.
package struct CrawlEffect: Sendable {
  let facts: SourceAdded.Facts
  let tenant: TenantID
  let pages: [String: CrawlState.Page]
}

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
    /// The server says that there is no such page.
    var isGone = false
  }

  var pages: [Page]
  /// The list of pages is whole.
  var isComplete: Bool
  /// What was in the way, for people.
  var problem: String?
}
