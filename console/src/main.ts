/** Starts the console. */

import 'element-plus/theme-chalk/base.css'
import 'element-plus/theme-chalk/dark/css-vars.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/tones.css'

import { VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp } from 'vue'

import { csrf, watch } from './api/client'
import { queries } from './api/queries'
import App from './App.vue'
import { followFocus } from './components/focus'
import { makeRouter } from './router'
import { useSession } from './session/store'
import { used } from './shell/sessionClock'
import { renewWhenReplaced } from './shell/renewal'
import { applyTheme } from './shell/theme'

applyTheme()
const router = makeRouter()
const app = createApp(App).use(createPinia()).use(router).use(VueQueryPlugin, { queryClient: queries })
const session = useSession()

watch({ used, lost: () => session.lapse() })
csrf.onOtherTab((token) => void session.follow(token))
renewWhenReplaced()
followFocus()
app.mount('#app')
