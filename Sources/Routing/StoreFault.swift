import Store

extension StoreError {
    /// What a client is told of a database that is away; nil where the program is at fault.
    ///
    /// Says nothing of where the database is: that is for the log.
    var requestFault: RequestFault? {
        switch code {
        case .unavailable:
            RequestFault(
                .unavailable, "the database does not answer now; it is tried again by itself")
        case .timeout:
            RequestFault(.unavailable, "the database took too long to answer; try again later")
        case .busy:
            RequestFault(
                .unavailable, "another program holds the database at the moment; try again")
        case .full:
            RequestFault(
                .unavailable, "the database has no space left: nothing was written")
        case .readOnly:
            RequestFault(.unavailable, "the database takes no writes now: nothing was written")
        case .corrupt:
            RequestFault(
                .unavailable, "the database is damaged; whoever runs the portal has to mend it")
        case .constraint, .invalid, .other: nil
        }
    }
}
