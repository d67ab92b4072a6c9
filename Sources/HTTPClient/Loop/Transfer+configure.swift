import CCurl

extension Transfer {
  /// Tells libcurl all about the request; leaves `failure` when it does not take an option.
  func configure(certificateAuthorities: String?) {
    connection(certificateAuthorities: certificateAuthorities)
    message(request.request)
    callbacks()
  }

  private func connection(certificateAuthorities: String?) {
    set(CURLOPT_URL, request.request.url)
    set(CURLOPT_PROTOCOLS_STR, "http,https")
    set(CURLOPT_FOLLOWLOCATION, 0)
    set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    set(CURLOPT_SSL_VERIFYPEER, 1)
    set(CURLOPT_SSL_VERIFYHOST, 2)
    if let certificateAuthorities { set(CURLOPT_CAINFO, certificateAuthorities) }
    set(CURLOPT_TCP_NODELAY, 1)
    set(CURLOPT_TCP_KEEPALIVE, 1)
    // Servers and middleboxes drop idle connections after a minute or so, often without a word, and a request on
    // a dropped one ends unknown. A short age keeps most of those from happening; the second bound lets a changed
    // address be seen.
    set(CURLOPT_MAXAGE_CONN, 30)
    set(CURLOPT_MAXLIFETIME_CONN, 600)
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    set(CURLOPT_NOSIGNAL, 1)
    // Without it, giving up a transfer waits for its name lookup, and every other transfer waits with it.
    set(CURLOPT_QUICK_EXIT, 1)
    set(CURLOPT_CONNECTTIMEOUT_MS, request.request.connectTimeout.milliseconds)
    set(CURLOPT_TIMEOUT_MS, (request.deadline - .now).milliseconds)
  }

  private func message(_ request: HTTPRequest) {
    var lines = request.headers.map { name, value in
      // libcurl's way of writing a header without a value; with a colon it would drop the header.
      value.isEmpty ? "\(name);" : "\(name): \(value)"
    }
    let names = request.headers.map(\.0)
    let isGiven = { (name: String) in names.contains { $0.equalsIgnoringASCIICase(name) } }
    let method = request.method
    let hasBody = !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(method)
    if hasBody {
      set(CURLOPT_POST, 1)
      check(ccurl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, request.body.count))
      request.body.withUnsafeBytes { bytes in
        // Without an address, as an empty array may be, libcurl would ask a callback for the body.
        guard let start = bytes.baseAddress else { return set(CURLOPT_COPYPOSTFIELDS, "") }
        check(ccurl_set_string(easy, CURLOPT_COPYPOSTFIELDS, start.assumingMemoryBound(to: CChar.self)))
      }
      // libcurl would call any body a web form.
      if !isGiven("Content-Type") { lines.append("Content-Type:") }
      // Waiting for "100 Continue" costs a round trip, and an answer of 417 would make libcurl send again. But what is
      // left out in this way libcurl signs as if it were there.
      if !isGiven("Expect"), request.signature == nil { lines.append("Expect:") }
    } else if method == "HEAD" {
      set(CURLOPT_NOBODY, 1)
    } else {
      set(CURLOPT_HTTPGET, 1)
    }
    // The request line of every other method; for these three it says what libcurl would write itself.
    set(CURLOPT_CUSTOMREQUEST, method)
    if !isGiven("User-Agent") { set(CURLOPT_USERAGENT, "aigentable") }
    if let signature = request.signature {
      set(CURLOPT_AWS_SIGV4, "aws:amz:\(signature.region):\(signature.service)")
      set(CURLOPT_USERNAME, signature.accessKey)
      set(CURLOPT_PASSWORD, signature.secretKey)
    }
    for line in lines {
      guard let list = curl_slist_append(headerList, line) else { return check(CURLE_OUT_OF_MEMORY) }
      headerList = list
    }
    check(ccurl_set_headers(easy, headerList))
  }

  private func callbacks() {
    // Unretained: the table holds the transfer for as long as libcurl holds the handle.
    let this = Unmanaged.passUnretained(self).toOpaque()
    check(ccurl_set_pointer(easy, CURLOPT_PRIVATE, this))
    check(ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText))
    check(ccurl_set_pointer(easy, CURLOPT_PREREQDATA, this))
    check(
      ccurl_set_prerequest_function(easy) { this, address, _, _, _ in
        let address = address.map { String(cString: $0) }
        return transfer(this)?.preRequest(to: address) == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
      })
    if request.request.destination == .publicInternet {
      set(CURLOPT_PROXY, "")
      check(ccurl_set_pointer(easy, CURLOPT_OPENSOCKETDATA, this))
      check(
        ccurl_set_open_socket_function(easy) { this, _, address in
          guard let this, let address else { return CURL_SOCKET_BAD }
          return transfer(this)?.open(address) ?? CURL_SOCKET_BAD
        })
    }
    check(ccurl_set_pointer(easy, CURLOPT_HEADERDATA, this))
    check(
      ccurl_set_header_function(easy) { bytes, size, count, this in
        let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
        return transfer(this)?.receive(headerLine: line) == true ? line.count : stopped
      })
    check(ccurl_set_pointer(easy, CURLOPT_WRITEDATA, this))
    check(
      ccurl_set_write_function(easy) { bytes, size, count, this in
        let body = UnsafeRawBufferPointer(start: bytes, count: size * count)
        return switch transfer(this)?.receive(body: body) {
        case .taken: body.count
        case .refused: Int(CURL_WRITEFUNC_PAUSE)
        case .stop, nil: stopped
        }
      })
  }

  private func set(_ option: CURLoption, _ value: Int) {
    check(ccurl_set_long(easy, option, value))
  }

  private func set(_ option: CURLoption, _ value: String) {
    check(ccurl_set_string(easy, option, value))
  }

  private func check(_ code: CURLcode) {
    guard code != CURLE_OK, failure == nil else { return }
    failure = HTTPClientError(
      code: .internalFailure, message: String(cString: curl_easy_strerror(code)).lowercased(),
      requestWasNotSent: true)
  }
}

/// Any count but the one given makes libcurl stop; this one no piece can have.
private let stopped = Int(CURL_WRITEFUNC_ERROR)

private func transfer(_ pointer: UnsafeMutableRawPointer?) -> Transfer? {
  pointer.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}
