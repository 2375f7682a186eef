/// Shapes that several drawings share.
private let circle = "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z"
private let octagon = "M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3z"
private let starShape = "M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9L3.5 9.7l5.9-.8z"

extension Icon {
    /// The `d` of the icon's one path.
    var drawing: String {
        switch self {
        case .component, .api, .resource, .system, .domain, .group, .user, .location, .template,
            .unknown:
            kindDrawing
        case .home, .catalog, .docs, .problems, .history, .overview, .relations, .settings, .search,
            .logo:
            placeDrawing
        case .owner, .lifecycle, .tag, .clock, .mail, .chat, .phone, .globe, .gauge, .branch,
            .folder, .key, .lock:
            factDrawing
        case .ok, .check, .warning, .error, .info, .chevronRight, .chevronLeft, .chevronDown,
            .chevronUp, .arrowUp, .arrowDown, .sun, .moon, .display:
            signDrawing
        default: actionDrawing
        }
    }

    private var kindDrawing: String {
        switch self {
        case .component: "M12 3l8 4.5v9L12 21l-8-4.5v-9zM4.3 7.7L12 12l7.7-4.3M12 12v8.5"
        case .api: "M8.5 3v5M15.5 3v5M6 8h12v3.5a6 6 0 0 1-12 0zM12 17.5V21"
        case .resource:
            "M5 6.2C5 4.5 8.1 3 12 3s7 1.5 7 3.2-3.1 3.2-7 3.2-7-1.5-7-3.2z"
                + "M5 6.2v11.6C5 19.5 8.1 21 12 21s7-1.5 7-3.2V6.2"
                + "M5 12c0 1.7 3.1 3.2 7 3.2s7-1.5 7-3.2"
        case .system: "M9 3h6v6H9zM3 15h6v6H3zM15 15h6v6h-6zM12 9v3M6 15v-3h12v3"
        case .domain: "M12 3l9 4.5-9 4.5-9-4.5zM3 12l9 4.5 9-4.5M3 16.5l9 4.5 9-4.5"
        case .group:
            "M9 11.5a3.75 3.75 0 1 0 0-7.5 3.75 3.75 0 0 0 0 7.5zM2.5 20v-.5a6.5 6.5 0 0 1 13 0v.5"
                + "M16 4.3a3.75 3.75 0 0 1 0 6.9M18 13.8a6.5 6.5 0 0 1 3.5 5.7v.5"
        case .user:
            "M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5v-.5a7.5 7.5 0 0 1 15 0v.5"
        case .location:
            "M12 21.5c4.6-4.7 7-8 7-11.5a7 7 0 0 0-14 0c0 3.5 2.4 6.8 7 11.5z"
                + "M12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z"
        case .template: "M4 4h16v5H4zM4 13h7v7H4zM15 13.5h5M15 16.75h5M15 20h5"
        default:
            "M5 3.5h9.5L19 8v12.5H5zM14 3.5V8.5h5M10 12.3a2 2 0 1 1 2.7 1.9c-.5.2-.7.5-.7 1"
                + "M12 17.7v.1"
        }
    }

    private var placeDrawing: String {
        switch self {
        case .home: "M4 10.5L12 3.5l8 7V20.5h-5.5V14.5h-5v6H4z"
        case .catalog: "M4 4h6v6H4zM4 14h6v6H4zM14 5.5h6M14 8.8h4M14 15.5h6M14 18.8h4"
        case .docs:
            "M5 17.75V5.75A2.25 2.25 0 0 1 7.25 3.5H19v17H7.5A2.5 2.5 0 0 1 5 18a2.5 2.5 0 0"
                + " 1 2.5-2.5H19M9 7.5h6"
        case .problems: "M5.5 21V3.5M5.5 4.5h13l-3 4.25 3 4.25h-13"
        case .history: "M4 12a8 8 0 1 0 2.6-5.9L4 8.5M4 4v4.5h4.5M12 8v4.5l3 1.8"
        case .overview: "M4 4h16v16H4zM4 9.5h16M10 9.5V20"
        case .relations:
            "M6 8.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z"
                + "M18 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z"
                + "M6 20.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM6 8.5v7M8.5 6.5c4 0 3.5 4 7 5"
        case .settings:
            "M4 7h7M17 7h3M14 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z"
                + "M4 17h3M13 17h7M10 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z"
        case .search: "M10.5 17.5a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM15.5 15.5l5 5"
        default:
            "M6 3h12a3 3 0 0 1 3 3v12a3 3 0 0 1-3 3H6a3 3 0 0 1-3-3V6a3 3 0 0 1 3-3zM7.5 8h9"
                + "M7.5 12h6M7.5 16h3"
        }
    }

    private var factDrawing: String {
        switch self {
        case .owner:
            "M10 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM3 20.5v-.5a7 7 0 0 1 9.5-6.5M14 18l2.5 2.5 4.5-5"
        case .lifecycle: "M3 12h4.5l2.5 7 4.5-14 2.5 7h4"
        case .tag: "M4 4h7.5l9 9-7.5 7.5-9-9zM8.2 8.2v.1"
        case .clock: circle + "M12 7.5V12l3 2"
        case .mail: "M3 5.5h18v13H3zM3.5 6.5l8.5 6.5 8.5-6.5"
        case .chat: "M4 4.5h16v12h-8.5L7 20.5v-4H4z"
        case .phone:
            "M5 4h4l1.5 4.5-2 1.5a12 12 0 0 0 5.5 5.5l1.5-2L20 15v4c0 .6-.4 1-1 1A15 15 0 0"
                + " 1 4 5c0-.6.4-1 1-1z"
        case .globe: circle + "M3.5 12h17M12 3c5 5 5 13 0 18M12 3c-5 5-5 13 0 18"
        case .gauge: "M5.6 19a9 9 0 1 1 12.8 0M12 14l4-5"
        case .branch:
            "M7 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM7 21a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z"
                + "M17 10a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM7 8v8M17 10c0 4-5 3.5-9.5 5.5"
        case .folder: "M3.5 5h6l2.5 3h8.5v11.5h-17z"
        case .key: "M8 20a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM11.2 12.3L20 3.5M16 7.5l3 3"
        default: "M5 11h14v9.5H5zM8 11V7.5a4 4 0 0 1 8 0V11"
        }
    }

    private var actionDrawing: String {
        switch self {
        case .edit: "M4 20l1-4.5L16.5 4 20 7.5 8.5 19zM14 6.5L17.5 10"
        case .refresh:
            "M20 12a8 8 0 0 1-14.3 4.9M4 12a8 8 0 0 1 14.3-4.9M18.5 3v4.3h-4.3M5.5 21v-4.3h4.3"
        case .copy: "M9 9h11v11H9zM15 9V4H4v11h5"
        case .code: "M8.5 6.5L3 12l5.5 5.5M15.5 6.5L21 12l-5.5 5.5"
        case .link:
            "M10 13.5a4 4 0 0 0 5.7.3l3-3A4 4 0 0 0 13 5.2l-1.2 1.1"
                + "M14 10.5a4 4 0 0 0-5.7-.3l-3 3A4 4 0 0 0 11 18.8l1.2-1.1"
        case .external: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6"
        case .filter: "M4 6.5h16M7 12h10M10.5 17.5h3"
        case .close: "M6 6l12 12M18 6L6 18"
        case .plus: "M12 5v14M5 12h14"
        case .minus: "M5 12h14"
        case .more: "M5.5 12h.01M12 12h.01M18.5 12h.01"
        case .menu: "M4 6.5h16M4 12h16M4 17.5h16"
        case .star, .starred: starShape
        case .bell: "M5 17c1.5-1.5 2-3.5 2-7a5 5 0 0 1 10 0c0 3.5.5 5.5 2 7zM10 20.5h4"
        case .signIn: "M13 4h6v16h-6M3.5 12h10M9.5 8l4 4-4 4"
        case .signOut: "M11 4H5v16h6M9.5 12h11M16.5 8l4 4-4 4"
        case .remove: "M4.5 6.5h15M9 6.5V4h6v2.5M6.5 6.5l1 14h9l1-14M10.5 10.5v6M13.5 10.5v6"
        default: "M12 4v11M7 10.5l5 5 5-5M4 20h16"
        }
    }

    private var signDrawing: String {
        switch self {
        case .ok: circle + "M8 12.3l2.8 2.7L16 9.5"
        case .check: "M5 12.5l4.5 4.5L19 7.5"
        case .warning: "M12 3.5l9.5 17h-19zM12 10v5M12 17.7v.1"
        case .error: octagon + "M12 7.5v5.5M12 16.3v.1"
        case .info: circle + "M12 11v5.5M12 7.6v.1"
        case .chevronRight: "M9.5 6l6 6-6 6"
        case .chevronLeft: "M14.5 6l-6 6 6 6"
        case .chevronDown: "M6 9.5l6 6 6-6"
        case .chevronUp: "M6 14.5l6-6 6 6"
        case .arrowUp: "M12 20V4.5M6 10.5l6-6 6 6"
        case .arrowDown: "M12 4v15.5M6 13.5l6 6 6-6"
        case .sun:
            "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2"
                + "M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4"
        case .moon: "M20 14.5A8.5 8.5 0 1 1 9.5 4 7 7 0 0 0 20 14.5z"
        default: "M3 5h18v11.5H3zM8.5 20.5h7M12 16.5v4"
        }
    }
}
