import Testing

@testable import HTTPClient

@Suite struct AdmissionTests {
  let one: Host
  let two: Host

  init() throws {
    one = try Host(url: "http://one.example")
    two = try Host(url: "http://two.example")
  }

  @Test func theOldestWaitingRequestIsAdmittedFirst() {
    var admission = Admission(maximum: 1, maximumPerHost: 1)
    admission.arrive(2, host: two)
    admission.arrive(1, host: one)
    admission.arrive(3, host: one)
    #expect(admission.admit() == 1)
    #expect(admission.admit() == nil)
    admission.leave(one)
    #expect(admission.admit() == 2)
    admission.leave(two)
    #expect(admission.admit() == 3)
  }

  @Test func aFullHostDoesNotHoldBackAnother() {
    var admission = Admission(maximum: 10, maximumPerHost: 1)
    for id in 1...2 { admission.arrive(UInt64(id), host: one) }
    admission.arrive(3, host: two)
    #expect([admission.admit(), admission.admit(), admission.admit()] == [1, 3, nil])
  }

  @Test func aWithdrawnRequestIsNeverAdmitted() {
    var admission = Admission(maximum: 1, maximumPerHost: 1)
    for id in 1...3 { admission.arrive(UInt64(id), host: one) }
    admission.withdraw(2, host: one)
    admission.withdraw(2, host: one)
    admission.withdraw(9, host: two)
    #expect(admission.admit() == 1)
    admission.leave(one)
    #expect(admission.admit() == 3)
    admission.leave(one)
    #expect(admission.admit() == nil)
  }

  @Test func hostsAreToldApartBySchemeNameAndPort() throws {
    #expect(try Host(url: "http://ONE.example:80/a?b") == one)
    #expect(try Host(url: "https://one.example") != one)
    #expect(try Host(url: "http://one.example:81") != one)
  }
}
