import CCurl

/// A libcurl handle and what its callbacks note; confined to one thread. Requests made one after the other
/// share the connection.
final class MailTransfer {
  /// What may come back in one request.
  struct Limits {
    var bodyBytes = 0
    var lines = 10_000
    var timeout = Duration.seconds(60)
  }

  private let easy: UnsafeMutableRawPointer
  private let wake: MailWake
  private var limits = Limits()
  /// Lines of the server, without their ends, in the order received.
  private(set) var lines: [String] = []
  private(set) var body: [UInt8] = []
  /// Called with each line of the server; false ends the transfer.
  private var isToContinue: (String) -> Bool = { _ in true }
  private var upload: [UInt8] = []
  private var uploaded = 0
  /// All of the message was handed to libcurl, which then writes its end: from here on it may have been
  /// taken.
  private(set) var mayHaveBeenTaken = false
  private(set) var command = SMTPReply.Command.session
  private(set) var reply: SMTPReply?
  private var isEnding = false
  private var failure: MailError.Code?

  init(_ server: MailServer, wake: MailWake, certificateAuthorities: String?) throws(MailError) {
    guard let easy = curl_easy_init() else {
      throw MailError(code: .internalFailure, message: "libcurl is out of memory")
    }
    self.easy = easy
    self.wake = wake
    set(CURLOPT_PROTOCOLS_STR, server.transport == .submission ? "smtp,smtps" : "imap,imaps")
    set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue))
    set(CURLOPT_SSL_VERIFYPEER, 1)
    set(CURLOPT_SSL_VERIFYHOST, 2)
    if let certificateAuthorities { set(CURLOPT_CAINFO, certificateAuthorities) }
    set(CURLOPT_USERNAME, server.user)
    set(CURLOPT_PASSWORD, server.password)
    set(CURLOPT_NOSIGNAL, 1)
    set(CURLOPT_TCP_KEEPALIVE, 1)
    set(CURLOPT_CONNECTTIMEOUT, 20)
    set(CURLOPT_QUICK_EXIT, 1)
    // The debug function tells which command of ours a reply is to.
    set(CURLOPT_VERBOSE, 1)
    installCallbacks()
    if let failure { throw MailError(code: failure, message: "libcurl does not take an option") }
  }

  deinit { curl_easy_cleanup(easy) }

  func set(_ option: CURLoption, _ value: Int) { check(ccurl_set_long(easy, option, value)) }

  /// nil for the library's own.
  func set(_ option: CURLoption, _ value: String?) { check(ccurl_set_string(easy, option, value)) }

  func set(_ option: CURLoption, list: UnsafeMutablePointer<curl_slist>?) {
    check(ccurl_set_list(easy, option, list))
  }

  func setUpload(_ bytes: [UInt8]) {
    upload = bytes
    set(CURLOPT_UPLOAD, 1)
    check(ccurl_set_size(easy, CURLOPT_INFILESIZE_LARGE, bytes.count))
  }

  /// Makes one request and waits for its end.
  func perform(
    _ limits: Limits, isToContinue: @escaping (String) -> Bool = { _ in true }
  ) -> Result<Void, MailError> {
    self.limits = limits
    self.isToContinue = isToContinue
    lines = []
    body = []
    set(CURLOPT_TIMEOUT_MS, limits.timeout.milliseconds)
    // The longest that a server may take for one line, 120 seconds unless told.
    set(CURLOPT_SERVER_RESPONSE_TIMEOUT, limits.timeout.milliseconds / 1_000 + 1)
    guard failure == nil, curl_multi_add_handle(wake.multi, easy) == CURLM_OK else {
      return .failure(
        MailError(code: failure ?? .internalFailure, message: "libcurl does not take the request"))
    }
    defer { curl_multi_remove_handle(wake.multi, easy) }
    while true {
      var running: Int32 = 0
      curl_multi_perform(wake.multi, &running)
      var left: Int32 = 0
      while let message = curl_multi_info_read(wake.multi, &left) {
        if message.pointee.msg == CURLMSG_DONE { return outcome(ccurl_message_result(message)) }
      }
      if wake.isCancelled {
        return .failure(MailError(code: .cancelled, message: "the request was cancelled"))
      }
      curl_multi_poll(wake.multi, nil, 0, 60_000, nil)
    }
  }

  private func outcome(_ result: CURLcode) -> Result<Void, MailError> {
    if result == CURLE_OK { return .success(()) }
    let code = failure ?? MailError.Code(result)
    failure = nil
    return .failure(
      MailError(code: code, message: String(cString: curl_easy_strerror(result)).lowercased(), reply: reply))
  }

  private func check(_ code: CURLcode) {
    if code != CURLE_OK { failure = failure ?? .internalFailure }
  }

  // MARK: Callbacks of libcurl

  private func installCallbacks() {
    // Unretained: whoever performs holds the transfer.
    let this = Unmanaged.passUnretained(self).toOpaque()
    check(ccurl_set_pointer(easy, CURLOPT_HEADERDATA, this))
    check(
      ccurl_set_header_function(easy) { bytes, size, count, this in
        let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
        return transfer(this)?.receive(line: line) == true ? line.count : stopped
      })
    check(ccurl_set_pointer(easy, CURLOPT_WRITEDATA, this))
    check(
      ccurl_set_write_function(easy) { bytes, size, count, this in
        let body = UnsafeRawBufferPointer(start: bytes, count: size * count)
        return transfer(this)?.receive(body: body) == true ? body.count : stopped
      })
    check(ccurl_set_pointer(easy, CURLOPT_READDATA, this))
    check(
      ccurl_set_read_function(easy) { bytes, size, count, this in
        transfer(this)?.read(UnsafeMutableRawBufferPointer(start: bytes, count: size * count)) ?? 0
      })
    check(ccurl_set_pointer(easy, CURLOPT_DEBUGDATA, this))
    check(
      ccurl_set_debug_function(easy) { _, kind, bytes, count, this in
        if kind == CURLINFO_HEADER_OUT {
          transfer(this)?.sent(line: UnsafeRawBufferPointer(start: bytes, count: count))
        }
        return 0
      })
  }

  private func receive(line bytes: UnsafeRawBufferPointer) -> Bool {
    guard lines.count < limits.lines else {
      failure = .tooLarge
      return false
    }
    let line = String(decoding: bytes.prefix(16 << 10), as: UTF8.self).trimmingBlanks
    lines.append(line)
    if !isEnding, let reply = SMTPReply(line: line, to: command) { self.reply = reply }
    return isToContinue(line)
  }

  private func receive(body bytes: UnsafeRawBufferPointer) -> Bool {
    guard body.count + bytes.count <= limits.bodyBytes else {
      failure = .tooLarge
      return false
    }
    body.append(contentsOf: bytes)
    return true
  }

  private func read(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    let piece = upload[uploaded...].prefix(buffer.count)
    buffer.copyBytes(from: piece)
    uploaded += piece.count
    // libcurl knows the length and does not ask again: it writes the end of the message behind this.
    if uploaded == upload.count {
      mayHaveBeenTaken = true
      reply = nil
    }
    return piece.count
  }

  private func sent(line: UnsafeRawBufferPointer) {
    let line = String(decoding: line.prefix(8), as: UTF8.self)
    // It follows the failure that is to be told, and changes nothing.
    isEnding = isEnding || line.hasPrefix("QUIT")
    guard !isEnding else { return }
    command = command.following(line)
    reply = nil
  }
}

/// Any count but the one given makes libcurl stop; this one no piece can have.
private let stopped = Int(CURL_WRITEFUNC_ERROR)

private func transfer(_ pointer: UnsafeMutableRawPointer?) -> MailTransfer? {
  pointer.map { Unmanaged<MailTransfer>.fromOpaque($0).takeUnretainedValue() }
}

extension Duration {
  /// Rounded up, at least 1: libcurl reads 0 as no limit.
  fileprivate var milliseconds: Int {
    max(1, Int(components.seconds) * 1_000 + Int(components.attoseconds / 1_000_000_000_000_000))
  }
}
