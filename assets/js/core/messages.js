/**
 * Types of the messages that Python sends to the pages. Written by `python -m docs.messages` from `zscope/messages.py`.
 */

/**
 * An attribute of the data set.
 *
 * @typedef {object} AttributeData
 * @property {string} name
 * @property {"binary" | "continuous"} kind
 * @property {string} url address of its values for the points of the map, float32
 */

/**
 * Head of the changes of neighbourhoods between two models.
 *
 * @typedef {object} ChangeHead
 * @property {number} neighbours k
 * @property {number} mean
 * @property {number} standardError
 * @property {number} chance mean for unrelated models
 */

/**
 * Data of the Compare page.
 *
 * @typedef {object} ComparePage
 * @property {string} base address before our routes
 * @property {string} [language] tag of the session's language; missing: English
 * @property {string} [failure] shown if the scripts can't be loaded, with {error} in place of the reason
 * @property {unknown} [leaving] the answer to the state `leaving`, see `mounting.js`
 * @property {ComparedModel} a
 * @property {ComparedModel} b
 * @property {boolean} same whether both have the same data set
 * @property {string[]} colors colours of the classes
 * @property {PointData | null} point
 * @property {MapPair[]} maps maps that both models have
 * @property {string[]} making addresses of the status of maps that are being made
 * @property {string} matchingUrl
 * @property {string} changeUrl
 * @property {string} neighboursUrl
 * @property {ComparedFigure[]} figures
 */

/**
 * A line of the table of figures.
 *
 * @typedef {object} ComparedFigure
 * @property {string} name
 * @property {string} a
 * @property {string} b
 * @property {string} difference "" if they are not compared
 * @property {boolean} paired
 * @property {"a" | "b" | null} better
 * @property {string} note why they are not compared
 */

/**
 * One of the two models of the Compare page.
 *
 * @typedef {object} ComparedModel
 * @property {Model} model
 * @property {Dimension[]} dimensions
 */

/**
 * A latent dimension, in slider order.
 *
 * @typedef {object} Dimension
 * @property {number} index in z
 * @property {boolean} active false: collapsed to the prior
 * @property {number} kl nats
 * @property {number} effect on the picture, root mean square
 * @property {number} spread standard deviation of the codes
 * @property {number} low
 * @property {number} high
 * @property {number} median of the codes
 * @property {number[]} histogram shares of the codes, from low to high
 */

/**
 * A direction that has a slider.
 *
 * @typedef {object} Direction
 * @property {string} id
 * @property {string} title
 * @property {string} a
 * @property {string} b
 * @property {number[]} vector from the mean of A to that of B
 * @property {number[]} start the mean of A
 * @property {number} low
 * @property {number} high low and high: the range of the data's positions along the direction
 */

/**
 * Data of the Explore page.
 *
 * @typedef {object} ExplorePage
 * @property {string} base address before our routes
 * @property {string} [language] tag of the session's language; missing: English
 * @property {string} [failure] shown if the scripts can't be loaded, with {error} in place of the reason
 * @property {unknown} [leaving] the answer to the state `leaving`, see `mounting.js`
 * @property {Model} model
 * @property {Dimension[]} dimensions
 * @property {string[]} colors colours of the classes
 * @property {MapData | null} map null if no map is ready
 * @property {PointData | null} point where to start; null: start the animation
 * @property {string | null} picture pixels at the start, in base64; null: the live channel sends the first picture
 * @property {Direction[]} directions
 * @property {"network" | "computer" | "none"} reach who could open the links of an audience
 */

/**
 * An error (`zscope/serving/http_errors.py`).
 *
 * @typedef {object} Fault
 * @property {string} code
 * @property {string} message
 * @property {string} mend what to do about it; "" if nothing can be done
 * @property {MessageParts} [parts] of message, if it has values
 * @property {MessageParts} [mendParts] of mend, if it has values
 */

/**
 * The layout of the images of a data set (`vae.pictures.preparation.InputStyle`).
 *
 * @typedef {object} InputStyle
 * @property {"object" | "scene"} content
 * @property {boolean} light
 * @property {number} background 0 to 255
 * @property {number} extent share of the frame
 * @property {"mass" | "box"} centre
 * @property {[number, number]} middle row and column, shares of the frame
 */

/**
 * Data of the part of the shell that keeps the language.
 *
 * @typedef {object} LanguagePage
 * @property {string} base address before our routes
 * @property {string} [language] tag of the session's language; missing: English
 * @property {string} [failure] shown if the scripts can't be loaded, with {error} in place of the reason
 * @property {unknown} [leaving] the answer to the state `leaving`, see `mounting.js`
 * @property {string} cookie name of the cookie
 * @property {string | null} chosen tag of the language to keep; null if the user chose none
 */

/**
 * A figure of the Learn page.
 *
 * @typedef {object} LearnFigure
 * @property {string} name in `assets/js/learn/figure.js`
 * @property {Record<string, unknown>} options of the figure
 */

/**
 * Lines of code of which one or more are wrong.
 *
 * @typedef {object} LearnMistake
 * @property {string} id
 * @property {string} title
 * @property {string[]} lines
 * @property {number[]} wrong indices of the wrong lines
 * @property {string[]} right the lines that replace them
 * @property {string} explanation
 * @property {LearnModel[]} models small models to compare; empty: none
 * @property {LearnFigure | null} figure
 */

/**
 * A small model of the Learn page.
 *
 * @typedef {object} LearnModel
 * @property {string} key in `assets/learn/models.json`
 * @property {string} title
 */

/**
 * Data of the figures of a chapter, or of one of its mistakes.
 *
 * @typedef {object} LearnPage
 * @property {string} base address before our routes
 * @property {string} [language] tag of the session's language; missing: English
 * @property {string} [failure] shown if the scripts can't be loaded, with {error} in place of the reason
 * @property {unknown} [leaving] the answer to the state `leaving`, see `mounting.js`
 * @property {string} url address of `assets/learn`
 * @property {string[]} colors colours of the classes
 * @property {LearnFigure[]} figures
 * @property {LearnMistake | null} mistake
 */

/**
 * A finished map.
 *
 * @typedef {object} MapData
 * @property {string} method
 * @property {string} title
 * @property {string} settings in the text form of links, see `zscope/library/maps/spec.py`
 * @property {string} channel the model's id and the settings
 * @property {string} url address of the points
 * @property {string} densityUrl
 */

/**
 * The map that the Map page shows or waits for.
 *
 * @typedef {object} MapOnPage
 * @property {string} method
 * @property {string} title
 * @property {string} settings in the text form of links, see `zscope/library/maps/spec.py`
 * @property {string} channel the model's id and the settings
 * @property {string} url address of the points
 * @property {string} densityUrl
 * @property {string} key
 * @property {boolean} linear
 * @property {number} components coordinates of a point: 2 or 3
 * @property {string[]} names names of the axes
 * @property {string} explained
 * @property {boolean} ready
 * @property {number} turn changes when the page must discard what it shows
 * @property {string} statusUrl
 * @property {string} frameUrl
 * @property {string} sheetsUrl contains SPLIT in place of the name of the split
 * @property {string} imagesUrl the same
 * @property {AttributeData[]} attributes
 */

/**
 * Data of the Map page.
 *
 * @typedef {object} MapPage
 * @property {string} base address before our routes
 * @property {string} [language] tag of the session's language; missing: English
 * @property {string} [failure] shown if the scripts can't be loaded, with {error} in place of the reason
 * @property {unknown} [leaving] the answer to the state `leaving`, see `mounting.js`
 * @property {Model} model
 * @property {string[]} palette colours of the classes
 * @property {string} plotlyUrl
 * @property {PointData | null} point
 * @property {MapOnPage} map
 * @property {number[] | null} camera of a map in 3-D: eye, and the point that it looks at; null: the usual one
 */

/**
 * A map that both models have.
 *
 * @typedef {object} MapPair
 * @property {string} method
 * @property {MapData} a
 * @property {MapData} b
 */

/**
 * The progress of a map.
 *
 * @typedef {object} MapStatus
 * @property {boolean} alive
 * @property {string} what the current step
 * @property {number} done
 * @property {number} total
 * @property {number} frame number of the newest frame
 * @property {string} error
 * @property {boolean} whole whether the map is finished
 */

/**
 * Head of the matched dimensions of two models.
 *
 * @typedef {object} MatchingHead
 * @property {[number, number, number, number][]} pairs dimension of A, of B, correlation, slope; the strongest first
 * @property {number[]} onlyA active dimensions without a partner
 * @property {number[]} onlyB
 * @property {number} share share of B's variance that is a linear function of A's codes
 */

/**
 * What an English text was made from, for its translation (`vae/message.py`).
 *
 * @typedef {object} MessageParts
 * @property {string} template with {name} in place of each value
 * @property {Record<string, unknown>} [values] numbers, strings, or MessageParts
 * @property {string} [plural] the template for counts other than one; the count is the value n
 */

/**
 * What a page knows about a model.
 *
 * @typedef {object} Model
 * @property {string} id
 * @property {string} title
 * @property {number} latentDim length of z
 * @property {number} codeDim length of a decoded code: z, followed by the class weights of a conditional model
 * @property {[number, number, number]} imageShape height, width, channels
 * @property {string[]} classes their names; empty if the data have no classes
 * @property {number} images number of images in the test split
 * @property {string} dataTitle
 * @property {string | null} prior key of `vae.kinds.PRIORS`; null for a plain autoencoder
 * @property {string} priorDraw what the button that samples the prior does; "" for a plain autoencoder
 * @property {boolean} encodes false: the model has only a decoder, and its images are samples of the model
 * @property {number} unit scale of the codes
 * @property {number} decodeRows limit of codes per decode request
 * @property {string} codesUrl
 * @property {string | null} priorUrl
 * @property {string} imagesUrl
 * @property {string} imagesVersion
 */

/**
 * A line before the first result of a path or a repair.
 *
 * @typedef {object} NoteLine
 * @property {string} note why it takes time
 */

/**
 * Data that every page gets.
 *
 * @typedef {object} PageData
 * @property {string} base address before our routes
 * @property {string} [language] tag of the session's language; missing: English
 * @property {string} [failure] shown if the scripts can't be loaded, with {error} in place of the reason
 * @property {unknown} [leaving] the answer to the state `leaving`, see `mounting.js`
 */

/**
 * A registered kind of path (`vae/latent/paths/registered.py`).
 *
 * @typedef {object} PathKind
 * @property {string} key
 * @property {string} title
 * @property {string} explained
 * @property {string} script the name of its form in straight.js; "" if the server finds the path
 * @property {boolean} converges the server sends codes while it searches for the path
 * @property {string} color colour of its line on the map
 * @property {number[]} dashes dash pattern of that line
 */

/**
 * A line of the answer about a path. The last one has all keys (`vae.inference.interpolation.PathReport`).
 *
 * @typedef {object} PathLine
 * @property {number[][]} codes at 81 evenly spaced times, from half a leg before A to half a leg beyond B
 * @property {boolean} [done]
 * @property {number} [length] in pixel units
 * @property {number[]} [way] share of the length up to each of 41 times between A and B
 * @property {number[]} [speed] between each two of these times
 * @property {number[]} [off] percentile of the distance from the data
 * @property {number[]} [votes] most frequent class of the nearest images
 * @property {number} [jumps]
 */

/**
 * Data of the Interpolate page.
 *
 * @typedef {object} PathsPage
 * @property {string} base address before our routes
 * @property {string} [language] tag of the session's language; missing: English
 * @property {string} [failure] shown if the scripts can't be loaded, with {error} in place of the reason
 * @property {unknown} [leaving] the answer to the state `leaving`, see `mounting.js`
 * @property {Model} model
 * @property {Dimension[]} dimensions
 * @property {string[]} colors colours of the classes
 * @property {MapData | null} map null if no map is ready
 * @property {PointData | null} point the point that Explore and Map show
 * @property {StopData[] | null} stops the initial stops
 * @property {number} turn changes when another page has chosen the stops
 * @property {PathKind[]} paths
 * @property {string} pathUrl
 * @property {string} movieUrl
 */

/**
 * A code, and the test image that it belongs to.
 *
 * @typedef {object} PointData
 * @property {number[]} z
 * @property {number | null} image
 */

/**
 * Head of the points of a map.
 *
 * @typedef {object} PointsHead
 * @property {number} points their number
 * @property {number} dimensions
 * @property {number} components coordinates of a point: 2 or 3
 * @property {number} total number of images; more than points if the map shows a sample
 * @property {string} key
 * @property {number[] | null} shares share of the variance that each axis of a linear map explains
 * @property {number[][] | null} axes axes of a linear map, orthonormal, components × dimensions
 */

/**
 * Head of a prepared picture.
 *
 * @typedef {object} PreparedHead
 * @property {[number, number, number]} picture height, width, channels
 * @property {PreparedStep[]} steps
 * @property {[number, number, number, number] | null} box left, top, right, bottom, as shares of the picture
 * @property {boolean} found
 */

/**
 * One step of a prepared picture.
 *
 * @typedef {object} PreparedStep
 * @property {string} name
 * @property {[number, number, number]} shape
 * @property {unknown} chosen
 * @property {unknown} automatic
 */

/**
 * Measurements of a reconstruction (`vae.pictures.reconstruction.Reading`).
 *
 * @typedef {object} Reading
 * @property {number[]} code z_mean, followed by the class weights of a conditional model
 * @property {number} mse
 * @property {number} mse_percentile
 * @property {number} r_squared
 * @property {number} log_likelihood
 * @property {number} kl
 * @property {number} kl_percentile
 * @property {number} off_data
 * @property {number} distance
 * @property {number} unusual
 * @property {number} compared
 * @property {number[]} nearest
 * @property {number} vote
 * @property {number} votes
 * @property {boolean} [found] whether a subject was found in the picture; only for a picture file
 */

/**
 * Data of the Reconstruct page.
 *
 * @typedef {object} ReconstructPage
 * @property {string} base address before our routes
 * @property {string} [language] tag of the session's language; missing: English
 * @property {string} [failure] shown if the scripts can't be loaded, with {error} in place of the reason
 * @property {unknown} [leaving] the answer to the state `leaving`, see `mounting.js`
 * @property {Model} model
 * @property {Dimension[]} dimensions
 * @property {string[]} colors colours of the classes
 * @property {MapData | null} map null if no map is ready
 * @property {InputStyle} wants
 * @property {string} url address of the model's routes
 */

/**
 * A line of the answer about a repair; the last one has all keys.
 *
 * @typedef {object} RepairLine
 * @property {number} step
 * @property {number} of
 * @property {number[][]} codes the most likely first
 * @property {boolean} [done]
 * @property {number[]} [losses]
 */

/**
 * A latent dimension that phones of an audience may move.
 *
 * @typedef {object} RoomControl
 * @property {number} index in z
 * @property {number} low
 * @property {number} high
 */

/**
 * A link that phones open.
 *
 * @typedef {object} RoomLink
 * @property {string} url
 * @property {string} qr its QR code as SVG
 */

/**
 * The links of a room.
 *
 * @typedef {object} RoomLinks
 * @property {RoomLink[]} links the most useful first
 * @property {"network" | "computer" | "none"} reach who can open the links; none: no network
 */

/**
 * A move by phones, for the speaker's page.
 *
 * @typedef {object} RoomMove
 * @property {"move"} type
 * @property {[number, number][]} values dimension and value
 * @property {number | null} chosenClass
 */

/**
 * What the speaker's page of a room is told when it is open.
 *
 * @typedef {object} RoomOpened
 * @property {RoomLink[]} links the most useful first
 * @property {"network" | "computer" | "none"} reach who can open the links; none: no network
 * @property {"room"} type
 * @property {string} token
 * @property {string} key with the token, opens the room for its speaker
 * @property {number} count phones that are connected
 * @property {boolean} moving
 */

/**
 * What phones of an audience are told when it changes (`docs/audience.md`).
 *
 * @typedef {object} RoomState
 * @property {"room" | "ended"} type
 * @property {"waiting" | "live" | "away"} [state]
 * @property {boolean} [moving] whether phones may move the point
 * @property {string} [title] of the model; missing while there is none
 * @property {number} [latentDim]
 * @property {number} [classWeights] class weights at the end of a code
 * @property {string[]} [classes] their names; empty if the data have no classes
 * @property {RoomControl[]} [controls]
 */

/**
 * A scene of the running talk.
 *
 * @typedef {object} SceneData
 * @property {string} title
 * @property {string} notes
 * @property {string} page
 * @property {string} model
 * @property {number[] | null} z the point to go to
 * @property {number | null} image
 * @property {string | null} map settings of the map
 * @property {number[] | null} camera of a map in 3-D
 * @property {number} seconds duration of the transition to it
 * @property {string} picture a PNG as a data URL; "" if the scene has no point
 */

/**
 * Data that every page with sliders gets.
 *
 * @typedef {object} SlidersPage
 * @property {string} base address before our routes
 * @property {string} [language] tag of the session's language; missing: English
 * @property {string} [failure] shown if the scripts can't be loaded, with {error} in place of the reason
 * @property {unknown} [leaving] the answer to the state `leaving`, see `mounting.js`
 * @property {Model} model
 * @property {Dimension[]} dimensions
 * @property {string[]} colors colours of the classes
 * @property {MapData | null} map null if no map is ready
 */

/**
 * Data of the stage bar, which every page shows.
 *
 * @typedef {object} StagePage
 * @property {string} base address before our routes
 * @property {string} [language] tag of the session's language; missing: English
 * @property {string} [failure] shown if the scripts can't be loaded, with {error} in place of the reason
 * @property {unknown} [leaving] the answer to the state `leaving`, see `mounting.js`
 * @property {string} page name of the open page
 * @property {string} model id of the open model
 * @property {string | null} map settings of its map
 * @property {TalkData | null} talk null if no talk runs
 * @property {number} scene index of the scene that Python has opened
 * @property {number} turn changes whenever Python opens a scene
 */

/**
 * A stop of a path.
 *
 * @typedef {object} StopData
 * @property {number[]} z
 * @property {number | null} image
 * @property {number} hold seconds that a film stays at the stop
 */

/**
 * The running talk.
 *
 * @typedef {object} TalkData
 * @property {string} id
 * @property {string} title
 * @property {SceneData[]} scenes
 */

/**
 * Data of the tour, which every page has.
 *
 * @typedef {object} TourPage
 * @property {string} base address before our routes
 * @property {string} [language] tag of the session's language; missing: English
 * @property {string} [failure] shown if the scripts can't be loaded, with {error} in place of the reason
 * @property {unknown} [leaving] the answer to the state `leaving`, see `mounting.js`
 * @property {string} page name of the open page
 * @property {Model} model
 */

/**
 * What the tray of favourites knows about the open model.
 *
 * @typedef {object} TrayModel
 * @property {string} id
 * @property {string} title
 * @property {string} version hash of its networks
 * @property {number} latentDim
 * @property {number} codeDim
 * @property {[number, number, number]} imageShape height, width, channels
 */

/**
 * Data of the tray of favourites.
 *
 * @typedef {object} TrayPage
 * @property {string} base address before our routes
 * @property {string} [language] tag of the session's language; missing: English
 * @property {string} [failure] shown if the scripts can't be loaded, with {error} in place of the reason
 * @property {unknown} [leaving] the answer to the state `leaving`, see `mounting.js`
 * @property {TrayModel} model
 */

export {};
