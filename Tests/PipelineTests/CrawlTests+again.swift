import Contracts
import Foundation
import Knowledge
import Pipeline
import Postgres
import Synchronization
import TestKit
import TestServers
import Testing

/// What is looked at again: after a time that the site names, after the hours of the source, and not any more.
extension CrawlTests {
  /// For longer than it would be left alone by itself.
  @Test(arguments: [false, true])
  func aSiteIsLeftAloneAsLongAsItAsks(byDate: Bool) async throws {
    let named = byDate ? Self.httpDate(Date().addingTimeInterval(1_800)) : "1800"
    let site = Site { path, time in
      path == "/page" && time == 1
        ? .status("503 Service Unavailable", headers: ["Retry-After: \(named)"]) : nil
    }
    let server = try site.serve()
    site["/page"] = "<p>words</p>"
    try await DocumentRun.run { run in
      let facts = source("\(server.url)/page", .page, everyHours: nil)
      try await run.append(SourceAdded.self, facts, key: StreamID(facts.source))
      let due = try await eventually("it waits") { try await run.lookedAt() == nil ? nil : run.crawlDue() }
      run.advance(hours: 0.4)
      try await eventually("it was decided on again") {
        try await run.crawlDue().flatMap { $0 > due.addingTimeInterval(1_000) ? true : nil }
      }
      #expect(site.asked == ["/robots.txt", "/page"])
      run.advance(hours: 0.2)
      _ = try await run.events { $0.count(DocumentIndexed.type) == 1 }
      #expect(site.asked.count { $0 == "/page" } == 2)
    }
    server.stop()
  }

  private static func httpDate(_ date: Date) -> String {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(secondsFromGMT: 0)
    format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    return format.string(from: date)
  }

  /// It refuses every second request, far more often than what gets no further is tried, and its list as often as that.
  @Test func aSiteThatGivesALittleAtATimeIsReadToItsEnd() async throws {
    let requests = Mutex(0)
    let site = Site { path, time in
      if path == "/map.xml" { return time <= 6 ? .status("503 Service Unavailable") : nil }
      guard path.count == 2 else { return nil }
      let refuses = requests.withLock { requests in
        requests += 1
        return requests.isMultiple(of: 2)
      }
      return refuses ? .status("429 Too Many Requests", headers: ["Retry-After: 600"]) : nil
    }
    let server = try site.serve()
    let paths = (1...9).map { "/\($0)" }
    for path in paths { site[path] = "<p>page \(path)</p>" }
    site["/map.xml"] =
      "<urlset>" + paths.map { "<url><loc>\(server.url)\($0)</loc></url>" }.joined() + "</urlset>"
    try await DocumentRun.run { run in
      let facts = source("\(server.url)/map.xml", .sitemap, everyHours: nil)
      try await run.append(SourceAdded.self, facts, key: StreamID(facts.source))
      try await eventually("all pages were handed in") {
        run.advance(hours: 0.05)
        return try await run.count(DocumentUploaded.type) == 9 ? true : nil
      }
      // Nothing is asked for once it refuses, and what was refused comes last the next time.
      let asked = site.asked.filter { $0.count == 2 }.compactMap { Int($0.dropFirst()) }
      #expect(asked == [1, 2, 3, 4, 5, 6, 7, 8, 9, 2, 4, 6, 8, 2, 6, 2, 2])
      #expect(site.asked.count { $0 == "/map.xml" } == 7)
    }
    server.stop()
  }

  /// Also of the file that says what may be asked for.
  @Test func whereRobotsAreAskedToWaitNoPageIsFetched() async throws {
    let site = Site { path, time in
      path == "/robots.txt" && time == 1
        ? .status("429 Too Many Requests", headers: ["Retry-After: 1800"]) : nil
    }
    let server = try site.serve()
    site["/page"] = "<p>words</p>"
    try await DocumentRun.run { run in
      let facts = source("\(server.url)/page", .page, everyHours: nil)
      try await run.append(SourceAdded.self, facts, key: StreamID(facts.source))
      let due = try await eventually("it waits") { try await run.lookedAt() == nil ? nil : run.crawlDue() }
      #expect(try await run.problem().contains("robots.txt cannot be had just now"))
      run.advance(hours: 0.4)
      try await eventually("it was decided on again") {
        try await run.crawlDue().flatMap { $0 > due.addingTimeInterval(1_000) ? true : nil }
      }
      #expect(site.asked == ["/robots.txt"])
      run.advance(hours: 0.2)
      _ = try await run.events { $0.count(DocumentIndexed.type) == 1 }
      #expect(site.asked == ["/robots.txt", "/robots.txt", "/page"])
    }
    server.stop()
  }

  /// What its server does not say is told from its bytes.
  @Test func aPageWithoutAVersionThatDidNotChangeIsNoNewDocument() async throws {
    let site = Site(isTagged: false)
    let server = try site.serve()
    site["/page"] = "<p>old words</p>"
    try await DocumentRun.run { run in
      let facts = source("\(server.url)/page", .page)
      try await run.append(SourceAdded.self, facts, key: StreamID(facts.source))
      _ = try await run.events { $0.count(DocumentIndexed.type) == 1 }
      try await lookAgain(run)
      #expect(site.sent == 2)
      #expect(try await run.count(DocumentUploaded.type) == 1)
      #expect(try await run.count(DocumentRemoved.type) == 0)
      site["/page"] = "<p>new words</p>"
      run.advance(hours: 1.1)
      _ = try await run.events {
        $0.count(DocumentIndexed.type) == 2 && $0.count(DocumentRemoved.type) == 1
      }
      #expect(try await run.search("old").isEmpty)
      #expect(try await run.search("new").count == 1)
    }
    server.stop()
  }

  /// Lets the hours of the source pass, and waits until it was looked at.
  private func lookAgain(_ run: DocumentRun) async throws {
    let before = try await eventually("it was looked at") { try await run.lookedAt() }
    run.advance(hours: 1.1)
    try await eventually("it was looked at again") {
      try await run.lookedAt().flatMap { $0 > before.addingTimeInterval(3_600) ? true : nil }
    }
  }

  @Test func aSourceThatIsRemovedWhileItWaitsIsNotAskedAnyMore() async throws {
    let site = Site { path, _ in
      path == "/b" ? .status("503 Service Unavailable", headers: ["Retry-After: 1800"]) : nil
    }
    let server = try site.serve()
    site["/a"] = "<p>words</p>"
    site["/map.xml"] =
      "<urlset>\(["a", "b"].map { "<url><loc>\(server.url)/\($0)</loc></url>" }.joined())</urlset>"
    try await DocumentRun.run { run in
      let facts = source("\(server.url)/map.xml", .sitemap)
      try await run.append(SourceAdded.self, facts, key: StreamID(facts.source))
      let first = try await run.events { $0.count(DocumentIndexed.type) == 1 }
      try await eventually("the other page waits") { try await run.crawlDue() }
      let asked = site.asked
      #expect(asked.filter { $0 == "/b" }.count == 1)
      try await run.append(SourceRemoved.self, .init(source: facts.source), key: StreamID(facts.source))
      @Sendable func waiting() async throws -> Int64 {
        try await run.made.database.pool.withConnection {
          try $0.execute("select count(*) from stage.waiting where stage = 'crawl'")[0].int8(0)
        }
      }
      try await eventually("the removal is seen") { try await waiting() == 1 ? nil : true }
      // Less than the site asks to wait, and than the source waits by itself.
      run.advance(hours: 0.01)
      let records = try await run.events { $0.count(DocumentRemoved.type) == 1 }
      #expect(records.keys(of: DocumentRemoved.type) == first.keys(of: DocumentUploaded.type))
      try await eventually("its text is gone") { try await run.search("words").isEmpty ? true : nil }
      // Nothing is left that could ask.
      #expect(try await waiting() == 0)
      #expect(try await run.lookedAt() == nil)
      #expect(site.asked == asked)
    }
    server.stop()
  }

  /// A person stops the new text, not the page.
  @Test func whereANewTextIsStoppedTheOldOneIsFoundUntilTheNextOneIs() async throws {
    let site = Site()
    let server = try site.serve()
    site["/page"] = "<p>first words</p>"
    try await DocumentRun.run(indexes: false) { run in
      let facts = source("\(server.url)/page", .page)
      try await run.append(SourceAdded.self, facts, key: StreamID(facts.source))
      let first = run.indexer()
      let begun = try await run.events { $0.count(DocumentIndexed.type) == 1 }
      let old = try DocumentUploaded.read(begun.first(DocumentUploaded.type)).facts.document
      await first.die()

      site["/page"] = "<p>second words</p>"
      try await lookAgain(run)
      let changed = try await run.events { $0.count(DocumentUploaded.type) == 2 }
      let new = try DocumentUploaded.read(changed.last(DocumentUploaded.type)).facts
      #expect(new.replaces == [old])
      #expect(try await run.cancel(new.document))
      let second = run.indexer()
      let stopped = try await run.events { $0.count(DocumentFailed.type) == 1 }
      #expect(
        try DocumentFailed.read(stopped.first(DocumentFailed.type)).facts
          == .init(document: new.document, reason: "cancelled"))
      #expect(try await run.search("words").map(\.document) == [old])

      // What was stopped does not come again by itself.
      try await lookAgain(run)
      #expect(try await run.count(DocumentUploaded.type) == 2)
      site["/page"] = "<p>third words</p>"
      try await lookAgain(run)
      let last = try await run.events {
        $0.count(DocumentIndexed.type) == 2 && $0.count(DocumentRemoved.type) == 1
      }
      let third = try DocumentUploaded.read(last.last(DocumentUploaded.type)).facts
      #expect(third.replaces == [old])
      #expect(last.keys(of: DocumentRemoved.type) == [StreamID(old)])
      #expect(try await run.search("words").map(\.document) == [third.document])
      await second.die()
    }
    server.stop()
  }
}
