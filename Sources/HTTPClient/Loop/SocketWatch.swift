import CCurl
import Foundation

/// Tells libcurl which of its sockets are ready, for any number of them at the price of the ready ones
/// (`curl_multi_socket_action`; `curl_multi_poll` looks at every socket each time).
///
/// Confined to the loop's thread, and to be kept until the multi handle is freed: that still calls back.
final class SocketWatch {
  private let bell: Bell
  private let multi: UnsafeMutableRawPointer
  private let poll: Int32
  /// When libcurl wants to be asked again, though no socket is ready.
  private var timer: ContinuousClock.Instant?

  /// - Parameter bell: ends a wait; closed by whom it belongs to.
  init(_ multi: UnsafeMutableRawPointer, bell: Bell) {
    self.multi = multi
    self.bell = bell
    poll = epoll_create1(Int32(EPOLL_CLOEXEC))
    precondition(poll >= 0 && watch(bell.descriptor, EPOLLIN.rawValue), "no file descriptors are left")
    let me = Unmanaged.passUnretained(self).toOpaque()
    _ = ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, me)
    _ = ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, me)
    _ = ccurl_multi_set_socket_function(multi) { _, socket, what, me, _ in
      me.map { Unmanaged<SocketWatch>.fromOpaque($0).takeUnretainedValue().socket(socket, wants: what) }
      return 0
    }
    _ = ccurl_multi_set_timer_function(multi) { _, milliseconds, me in
      me.map { Unmanaged<SocketWatch>.fromOpaque($0).takeUnretainedValue().setTimer(milliseconds) }
      return 0
    }
  }

  deinit { close(poll) }

  /// Lets libcurl do all that its own timers ask for; what was just added begins with that.
  func runTimers() {
    timer = nil
    var running: Int32 = 0
    _ = curl_multi_socket_action(multi, ccurl_socket_timeout, 0, &running)
  }

  /// Waits until a socket is ready, the bell rings, or it is time, and lets libcurl work on what is ready.
  /// - Parameter milliseconds: waits no longer than this.
  func wait(atMost milliseconds: Int32) {
    var wait = milliseconds
    if let timer { wait = timer <= .now ? 0 : Int32(clamping: min((timer - .now).milliseconds, Int(wait))) }
    var events = [epoll_event](repeating: epoll_event(), count: 256)
    let count = epoll_wait(poll, &events, Int32(events.count), wait)
    guard count > 0 else { return }
    for event in events[..<Int(count)] {
      if event.data.fd == bell.descriptor {
        bell.silence()
        continue
      }
      var running: Int32 = 0
      _ = curl_multi_socket_action(multi, event.data.fd, Self.flags(event.events), &running)
    }
  }

  private static func flags(_ events: UInt32) -> Int32 {
    (events & EPOLLIN.rawValue != 0 ? CURL_CSELECT_IN : 0)
      | (events & EPOLLOUT.rawValue != 0 ? CURL_CSELECT_OUT : 0)
      | (events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 ? CURL_CSELECT_ERR : 0)
  }

  // MARK: What libcurl asks for

  private func socket(_ socket: curl_socket_t, wants what: Int32) {
    guard what != CURL_POLL_REMOVE else {
      epoll_ctl(poll, EPOLL_CTL_DEL, socket, nil)
      return
    }
    let reads = what & CURL_POLL_IN != 0 ? EPOLLIN.rawValue : 0
    let writes = what & CURL_POLL_OUT != 0 ? EPOLLOUT.rawValue : 0
    _ = watch(socket, reads | writes)
  }

  /// - Parameter milliseconds: -1 for no timer.
  private func setTimer(_ milliseconds: Int) {
    timer = milliseconds < 0 ? nil : .now + .milliseconds(milliseconds)
  }

  private func watch(_ descriptor: Int32, _ events: UInt32) -> Bool {
    var event = epoll_event(events: events, data: epoll_data_t(fd: descriptor))
    return epoll_ctl(poll, EPOLL_CTL_MOD, descriptor, &event) == 0
      || epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) == 0
  }
}

/// Ends a wait from any thread.
struct Bell: Sendable {
  let descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))

  func ring() { eventfd_write(descriptor, 1) }

  fileprivate func silence() {
    var count: eventfd_t = 0
    eventfd_read(descriptor, &count)
  }

  func close() { _ = Foundation.close(descriptor) }
}
