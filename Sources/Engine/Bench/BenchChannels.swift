import ArgumentParser
import CGMime
import CSimdjson
import Channels
import Contracts
import Foundation

struct BenchChannels: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "channels",
    abstract: "Read WhatsApp webhooks of 2 KB and e-mails of 50 KB, on one core.",
    discussion: """
      A rate is of one core: bodies by the processor time of the thread that reads them, so that other work on the \
      machine hardly counts. The ceilings are simdjson's parse of the same webhook alone, and GMime's of the same \
      e-mail with the decoding of every part.
      """)

  @Option(help: "Seconds of each part.") var seconds = 5.0
  @Flag(help: "Print JSON objects.") var json = false

  func run() async throws {
    let whatsApp = WhatsAppChannel()
    let webhook = BenchBodies.webhook
    try measure(
      "channels whatsapp", webhook, note: "2 KB webhooks; target 20,000/s",
      body: { try whatsApp.parse(webhook, sender: nil).count },
      ceiling: {
        var document: UnsafePointer<csimdjson_document>?
        guard csimdjson_parse(webhook, webhook.count, 64, &document) == CSIMDJSON_OK else { return 0 }
        csimdjson_free(document)
        return 1
      })
    let email = EmailChannel()
    let mail = BenchBodies.mail
    try measure(
      "channels email", mail, note: "50 KB e-mails: text, page and file; target 2,000/s",
      body: { try email.parse(mail, sender: nil).count }, ceiling: { BareGMime.parts(of: mail) })
    let page = BenchBodies.pageMail
    var turn = 0
    try measure(
      "channels email mix", mail,
      note: "the same, every tenth a page alone as among the collected mails; target 2,000/s",
      body: {
        turn += 1
        return try email.parse(turn % 10 == 0 ? page : mail, sender: nil).count
      }, ceiling: { BareGMime.parts(of: mail) })
    try measure(
      "channels email page", page, note: "50 KB e-mails of a page alone, whose text is taken out of it",
      body: { try email.parse(page, sender: nil).count }, ceiling: { BareGMime.parts(of: page) })
  }

  /// - Parameters:
  ///   - body: reads it once and says how many items it held, which must be one.
  ///   - ceiling: does what is the least, and says that something was there.
  private func measure(
    _ name: String, _ bytes: [UInt8], note: String, body: () throws -> Int, ceiling: () throws -> Int
  ) throws {
    guard try body() == 1, try ceiling() > 0 else {
      throw BenchError("the body of \(name) is not read as it should be")
    }
    let ours = try rate(of: body)
    let least = try rate(of: ceiling)
    try BenchResult(
      name: name, rate: ours.perSecond, ceiling: least.perSecond, p50: ours.latencies.percentile(50),
      p95: ours.latencies.percentile(95), p99: ours.latencies.percentile(99),
      cpuSecondsPerMillion: 1e6 / ours.perSecond, more: ["bytes": Double(bytes.count)],
      notes: "\(note); one core, \(Int(seconds)) s each"
    ).print(asJSON: json)
  }

  private func rate(of read: () throws -> Int) throws -> (perSecond: Double, latencies: Latencies) {
    let latencies = Latencies()
    let clock = ContinuousClock()
    for _ in 0..<200 { _ = try read() }
    let end = clock.now + .seconds(seconds)
    let start = threadSeconds()
    var count = 0
    while clock.now < end {
      let begun = clock.now
      for _ in 0..<10 { _ = try read() }
      latencies.record((clock.now - begun) / 10)
      count += 10
    }
    return (Double(count) / (threadSeconds() - start), latencies)
  }
}

/// Processor time of the calling thread.
private func threadSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// The least that reading an e-mail can be: GMime's own objects, and every part without its transfer encoding.
private enum BareGMime {
  private static let isReady: Bool = {
    g_mime_init()
    return true
  }()

  static func parts(of bytes: [UInt8]) -> Int {
    guard isReady else { return 0 }
    let stream = bytes.withUnsafeBytes {
      g_mime_stream_mem_new_with_buffer($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
    }
    defer { g_object_unref(stream) }
    let parser = g_mime_parser_new_with_stream(stream)
    defer { g_object_unref(parser) }
    guard let message = g_mime_parser_construct_message(parser, nil) else { return 0 }
    defer { g_object_unref(message) }
    return g_mime_message_get_mime_part(message).map(decode) ?? 0
  }

  private static func decode(_ object: UnsafeMutablePointer<GMimeObject>) -> Int {
    if let multipart = cgmime_multipart(object) {
      return (0..<g_mime_multipart_get_count(multipart)).reduce(0) { count, index in
        count + (g_mime_multipart_get_part(multipart, index).map(decode) ?? 0)
      }
    }
    guard let part = cgmime_part(object), let data = g_mime_part_get_content(part) else { return 0 }
    let stream = g_mime_stream_mem_new()
    defer { g_object_unref(stream) }
    g_mime_data_wrapper_write_to_stream(data, stream)
    return 1
  }
}
